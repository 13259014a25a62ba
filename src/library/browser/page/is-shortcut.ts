export interface PressedKey {
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  /** True while an input method composes a character. */
  isComposing: boolean;
  defaultPrevented: boolean;
}

export interface KeyPlace {
  /** True unless the reader turned all shortcuts off: https://www.w3.org/TR/WCAG22/#character-key-shortcuts */
  isOn: boolean;
  isInField: boolean;
  isInDialog: boolean;
}

/** True if the key may be a shortcut of the page, and not text or a shortcut of the browser. */
export function isShortcut(key: PressedKey, { isOn, isInField, isInDialog }: KeyPlace): boolean {
  if (!isOn || isInField || isInDialog) return false;
  if (key.ctrlKey || key.altKey || key.metaKey) return false;
  return !key.isComposing && !key.defaultPrevented;
}
