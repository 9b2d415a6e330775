// The words of a page in its language, looked up by their English.

// A module too: what waits for an answer would miss the page's own events.
import phrases from "/static/phrases.js";

export const LANGUAGE = document.documentElement.lang;

export function translate(english, values = {}) {
  return (phrases[english] ?? english).replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);
}

// A number with so many decimals, as the language writes it.
export function writeNumber(number, decimals = 0) {
  return number.toLocaleString(LANGUAGE, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
