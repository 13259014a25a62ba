/**
 * A map for a process that runs for months. A new value makes its entry the newest. If the map has more than `maxSize`
 * entries, the oldest entry is removed. Each `set` also removes the oldest entries for which `isOver` is true.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #maxSize: number;
  readonly #isOver: (value: Value) => boolean;

  constructor(maxSize: number, isOver: (value: Value) => boolean = () => false) {
    super();
    this.#maxSize = maxSize;
    this.#isOver = isOver;
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    for (const [oldest, itsValue] of this) {
      if (oldest === key || (this.size <= this.#maxSize && !this.#isOver(itsValue))) break;
      this.delete(oldest);
    }
    return this;
  }
}
