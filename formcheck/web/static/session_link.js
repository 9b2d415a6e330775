// The connection to the server: a WebSocket, or POST and a streamed answer where that is refused.

const AGAIN_MS = 300;
const SILENT_MS = 3000;

export class Link {
  // hello: makes the first message; told: called with each message; changed: with true or false.
  constructor(hello, told, changed) {
    this.hello = hello;
    this.told = told;
    this.changed = changed;
    this.page = hello().page;
    this.isOpen = false;
    this.isStreamed = false;
    this.isStopped = false;
    this.expects = false; // whether moments come all the time
    this.heardMs = performance.now();
    setInterval(() => this.watch(), 500);
    this.connect();
  }

  stop() {
    this.isStopped = true;
    this.drop();
  }

  say(message) {
    const text = JSON.stringify(message);
    if (this.isStreamed) this.post("message", text);
    else if (this.socket?.readyState === 1) this.socket.send(text);
  }

  sendFrame(bytes) {
    if (this.isStreamed) this.post("frame", bytes);
    else if (this.socket?.readyState === 1) this.socket.send(bytes);
  }

  async connect() {
    while (!this.isStopped) {
      if (!(await this.trySocket())) await this.tryStream();
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }

  // Until it is closed; whether it was open.
  trySocket() {
    return new Promise((done) => {
      let wasOpen = false;
      let socket;
      try {
        const where = new URL("/api/session/ws", location.href);
        where.protocol = where.protocol.replace("http", "ws");
        socket = new WebSocket(where);
      } catch {
        done(false);
        return;
      }
      this.socket = socket;
      this.drop = () => socket.close();
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        wasOpen = true;
        this.isStreamed = false;
        socket.send(JSON.stringify(this.hello()));
        this.open(true);
      };
      socket.onmessage = (event) => this.hear(event.data);
      socket.onclose = () => {
        if (wasOpen) this.open(false);
        done(wasOpen);
      };
    });
  }

  async tryStream() {
    const stopper = new AbortController();
    this.drop = () => stopper.abort();
    try {
      const where = new URL("/api/session/stream", location.href);
      where.searchParams.set("hello", JSON.stringify(this.hello()));
      const answer = await fetch(where, { signal: stopper.signal });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines.filter(Boolean)) {
          if (!this.isOpen) {
            this.isStreamed = true;
            this.open(true);
          }
          this.hear(line);
        }
      }
      if (!answer.ok && rest) this.hear(rest);
    } catch {
      // the server is away, or the stream was dropped
    }
    if (this.isStreamed) {
      this.isStreamed = false;
      this.open(false);
    }
  }

  async post(what, body) {
    try {
      const answer = await fetch(`/api/session/${what}?page=${this.page}`, { method: "POST", body });
      if (!answer.ok) this.drop();
    } catch {
      this.drop();
    }
  }

  // A message, or the picture that another page films.
  hear(data) {
    this.heardMs = performance.now();
    const message = typeof data === "string" ? JSON.parse(data) : { type: "picture", data };
    if (typeof message.data === "string") message.data = Uint8Array.from(atob(message.data), (one) => one.charCodeAt(0)).buffer;
    this.told(message);
  }

  open(isOpen) {
    this.isOpen = isOpen;
    this.heardMs = performance.now();
    this.changed(isOpen);
  }

  // A connection that is dead without knowing it is dropped, and made anew.
  watch() {
    if (this.isOpen && this.expects && performance.now() - this.heardMs > SILENT_MS) this.drop();
  }

  drop() {}
}
