// The end of the page under somebody who reads there.

/**
 * Keeps the document as high as the view reaches: a panel that becomes lower, because its answer is
 * shorter than what stood there, leaves room below it. Without that, a browser whose page ends above
 * the view scrolls it back, and all that is seen jumps. The room goes as the view leaves it.
 *
 * Returns what ends it.
 */
export function keepGround(root: HTMLElement): () => void {
  const look = (): void => {
    // TensorBoard hides the frame of another tab by its height alone: nobody sees it then.
    if (window.innerHeight === 0) return;
    // Some browsers scroll past the end, and back like a spring: the page must not follow.
    const reach = Math.min(window.scrollY + window.innerHeight, root.scrollHeight);
    root.style.minHeight = `${Math.floor(reach)}px`;
  };
  const events = ['scroll', 'resize'] as const;
  for (const event of events) window.addEventListener(event, look, { passive: true });
  return () => {
    for (const event of events) window.removeEventListener(event, look);
    root.style.minHeight = '';
  };
}
