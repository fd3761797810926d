// Keeps the page up to date while somebody can see it.
import type { Controller } from './controller';

const PERIOD_MS = 5000;

/** Whether somebody can see the frame. TensorBoard hides that of another tab by its height alone. */
export function isWatched(): boolean {
  return document.visibilityState === 'visible' && window.innerHeight > 0;
}

/** Polls every five seconds while the frame is in view, and at once when it comes into view. */
export function keepLive(controller: Controller): void {
  let wasInView = isWatched();
  const look = (): void => {
    const now = isWatched();
    if (now && !wasInView) controller.poll(true);
    wasInView = now;
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('resize', look);
  window.setInterval(() => {
    if (isWatched()) controller.poll();
  }, PERIOD_MS);
}
