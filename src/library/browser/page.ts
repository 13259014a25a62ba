/** Shows the controls that need a script. */
export function markScripted(): void {
  document.documentElement.classList.add('js');
}
