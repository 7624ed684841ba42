import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppError } from '../../errors';
import { errorSentences } from '../i18n/error-sentences';

export interface Notice {
  readonly id: number;
  readonly tone: 'info' | 'error';
  readonly title: string;
  readonly detail?: string;
}

export interface NoticesState {
  readonly notices: readonly Notice[];
  show(notice: Omit<Notice, 'id'>): void;
  /** Shows an error with its remedy; a cancelled operation is no news to the one who cancelled it. */
  showError(error: AppError): void;
  dismiss(id: number): void;
}

const shownAtOnce = 4;

export function createNoticesStore(): StoreApi<NoticesState> {
  let nextId = 1;
  return createStore<NoticesState>((set, get) => ({
    notices: [],
    show(notice) {
      const repeated = get().notices.some(
        ({ title, detail }) => title === notice.title && detail === notice.detail,
      );
      if (repeated) return;
      const added = { ...notice, id: nextId++ };
      set(({ notices }) => ({ notices: [...notices, added].slice(-shownAtOnce) }));
    },
    showError(error) {
      if (error.code === 'cancelled') return;
      const { what, remedy } = errorSentences(error);
      get().show({ tone: 'error', title: what, detail: remedy });
    },
    dismiss(id) {
      set(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
    },
  }));
}
