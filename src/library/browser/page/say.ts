/** How long a toast stays, in milliseconds. */
const TOAST_MS = 4000;

let toastTimer = 0;

/** Says a sentence to screen readers, through the page's live region. */
export function announce(text: string): void {
  const status = document.getElementById('status');
  if (status === null) return;
  // A screen reader reads only a change, so a sentence that comes twice needs another ending.
  status.textContent = status.textContent === text ? `${text}\u00a0` : text;
}

/** Says a sentence to everybody: in a toast and in the live region. */
export function tell(text: string): void {
  announce(text);
  const toast = document.getElementById('toast');
  if (toast === null) return;
  toast.textContent = text;
  raise(toast);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    toast.textContent = '';
  }, TOAST_MS);
}

/** Lays the toast over everything else. What was laid over last is also above a video in full screen. */
function raise(toast: HTMLElement): void {
  if (!('popover' in toast)) return; // an old browser
  toast.hidePopover();
  toast.showPopover();
}
