/**
 * A map for a process that runs for months. When a value is set, its entry becomes the newest entry. If the map then
 * has more than `maxSize` entries, the oldest entry is removed. Each `set` also removes entries for which `isOver` is
 * true. It begins with the oldest entry and stops at the first entry for which `isOver` is false.
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
