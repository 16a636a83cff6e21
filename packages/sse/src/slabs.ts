/** The position of a text in a slab. */
export interface Slice {
  readonly slab: Buffer;
  readonly start: number;
  readonly end: number;
}

const MIN_SLAB_BYTES = 4 * 1024;
const MAX_SLAB_BYTES = 256 * 1024;
/** The minimum number of texts in a slab, which bounds the unused bytes at its end. */
const SLAB_SHARE = 16;

/**
 * Allocates memory for the texts of a history in large slabs, one text after the other, so that
 * adjacent texts can be read as one buffer. The garbage collector frees a slab once nothing refers to
 * it. In Node's own pool one retained text would also retain the short-lived bytes beside it.
 */
export class Slabs {
  readonly #slabBytes: number;
  #slab = Buffer.alloc(0);
  #used = 0;

  /** The size of a slab is a fraction of `totalBytes`. */
  constructor({ totalBytes }: { totalBytes: number }) {
    const share = Math.floor(totalBytes / SLAB_SHARE);
    this.#slabBytes = Math.min(MAX_SLAB_BYTES, Math.max(MIN_SLAB_BYTES, share));
  }

  /** Writes a text as UTF-8. */
  write(text: string): Slice {
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#slabBytes / SLAB_SHARE) {
      const slab = Buffer.allocUnsafeSlow(bytes);
      slab.write(text);
      return { slab, start: 0, end: bytes };
    }
    if (bytes > this.#slab.byteLength - this.#used) {
      this.#slab = Buffer.allocUnsafeSlow(this.#slabBytes);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#slab.write(text, start);
    return { slab: this.#slab, start, end: this.#used };
  }
}
