/** True if a click means "open here", and not a new tab or window. */
export function isPlainClick(event: MouseEvent): boolean {
  const isChanged = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  return event.button === 0 && !isChanged && !event.defaultPrevented;
}
