// The connection to the server. A black-holed network sends no error: silence ends a connection.

const SILENT_MS = 5000;
const PAUSE_MS = 2000;

export class Stream {
  /**
   * @param {() => string} address
   * @param {(kind: "snapshot"|"tick"|"server", data: any) => void} heard
   */
  constructor(address, heard) {
    this.address = address;
    this.heard = heard;
    /** @type {EventSource|null} */ this.source = null;
    this.openedAt = -Infinity;
    this.heardAt = -Infinity;
    this.lost = false;
  }

  /** Call four times a second. @param {number} at */
  watch(at) {
    const closed = this.source === null || this.source.readyState === EventSource.CLOSED;
    const silent = at - Math.max(this.heardAt, this.openedAt) > SILENT_MS;
    if (silent) this.lost = true;
    if ((closed || silent) && at - this.openedAt >= PAUSE_MS) this.open(at);
  }

  /** Begin anew; what the old connection still holds is thrown away. @param {number} at */
  open(at) {
    this.close();
    this.openedAt = at;
    const source = new EventSource(this.address());
    this.source = source;
    for (const kind of /** @type {const} */ (["snapshot", "tick", "server"])) {
      source.addEventListener(kind, (event) => {
        if (this.source !== source) return;
        this.heardAt = performance.now();
        this.lost = false;
        this.heard(kind, JSON.parse(/** @type {MessageEvent} */ (event).data));
      });
    }
    source.onerror = () => {
      if (this.source !== source) return;
      this.lost = true;
      this.close();
    };
  }

  close() {
    this.source?.close();
    this.source = null;
  }
}
