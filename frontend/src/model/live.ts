// Keeps the page up to date while somebody can see it.
import type { Controller } from './controller';

const PERIOD_MS = 5000;

/** Polls every five seconds while the frame is in view, and at once when it comes into view. */
export function keepLive(controller: Controller): void {
  // TensorBoard hides the frame of another tab by its height: the document itself stays "visible".
  const inView = (): boolean => document.visibilityState === 'visible' && window.innerHeight > 0;
  let wasInView = inView();
  const look = (): void => {
    const now = inView();
    if (now && !wasInView) controller.poll(true);
    wasInView = now;
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('resize', look);
  window.setInterval(() => {
    if (inView()) controller.poll();
  }, PERIOD_MS);
}
