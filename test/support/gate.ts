export interface Gate {
  open: () => void;
  readonly opened: Promise<void>;
}

/** Returns a gate that is closed. A fake waits for `opened` until the test opens the gate. */
export function createGate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}
