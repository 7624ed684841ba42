import { useEffect, useRef, useState } from 'react';
import { AppError } from '../../errors';
import type { CaptionLanguage } from '../../library/captions';
import type { PhotoId } from '../../library/library';
import { useApp } from '../app-context';

interface WriteCaption {
  /** The words so far; null while nothing is being written. */
  readonly text: string | null;
  readonly write: () => Promise<void>;
  readonly stop: () => void;
}

/**
 * Has the model write a caption of a photo of the library, another one where there is one, and keeps
 * the best with the photo.
 */
export function useWriteCaption(id: PhotoId, language: CaptionLanguage): WriteCaption {
  const { services, stores } = useApp();
  const [text, setText] = useState<string | null>(null);
  const running = useRef(new AbortController());
  useEffect(() => () => running.current.abort(), []);

  async function write(): Promise<void> {
    running.current.abort();
    running.current = new AbortController();
    const { signal } = running.current;
    const { captions, engine, library } = services;
    setText('');
    try {
      const { modelKey } = await engine.ready();
      const kept = library.captions().get(id)?.[language]?.text;
      const options = kept === undefined ? {} : { otherThan: [kept] };
      for await (const update of captions.run({ kind: 'library', id }, language, signal, options)) {
        if (signal.aborted) return;
        setText(update.text);
        const [best] = update.candidates;
        if (update.stage !== 'done' || !best) continue;
        const source = { kind: 'model', modelKey, match: best.calibratedMatch } as const;
        await library.setCaption(id, language, { text: best.text, source });
      }
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
    } finally {
      if (!signal.aborted) setText(null);
    }
  }

  function stop(): void {
    running.current.abort();
    setText(null);
  }

  return { text, write, stop };
}
