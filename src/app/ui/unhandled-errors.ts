import type { StoreApi } from 'zustand/vanilla';
import { AppError } from '../../errors';
import type { NoticesState } from './notices-store';

/** Brings to the screen what nobody caught; the console keeps the origin. */
export function reportUnhandledErrors(notices: StoreApi<NoticesState>): void {
  window.addEventListener('unhandledrejection', ({ reason }) => {
    notices.getState().showError(AppError.from(reason));
  });
  window.addEventListener('error', ({ error }) => {
    // A ResizeObserver that needs another round reports an event without an error.
    if (error) notices.getState().showError(AppError.from(error));
  });
}
