"""What is remembered: the sets of live sessions and analysed clips."""
