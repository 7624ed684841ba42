import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import type { ExportedPhoto } from '../../export/exported-photo';
import { type SidecarReport, writeSidecars } from '../../export/write-sidecars';
import type { OriginalInFolder, PhotoId } from '../../library/library';
import { useApp } from '../app-context';
import { inARow } from '../i18n/error-sentences';
import { useFormat } from '../i18n/useFormat';
import { useLanguage } from '../i18n/useLanguage';
import { Button } from '../ui/Button';
import { SmallDialog } from '../ui/Dialogs';
import { Progress } from '../ui/Progress';
import { SidecarOutcome } from './SidecarOutcome';

interface WriteSidecarsProps {
  readonly photos: readonly ExportedPhoto[];
  readonly onClose: () => void;
}

/** Asks before files are written into a person's folders, writes them and says what came of it. */
export function WriteSidecars({ photos, onClose }: WriteSidecarsProps) {
  const { t } = useTranslation();
  return (
    <SmallDialog title={t('export.sidecars.title')} isOpen onClose={onClose}>
      <Steps photos={photos} onClose={onClose} />
    </SmallDialog>
  );
}

/** Where the photos' files lie, of those that came with a folder. */
type Places = ReadonlyMap<PhotoId, OriginalInFolder>;

type Step =
  | { readonly name: 'question' }
  | { readonly name: 'writing'; readonly done: number }
  | { readonly name: 'report'; readonly report: SidecarReport };

function Steps({ photos, onClose }: WriteSidecarsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { stores } = useApp();
  const language = useLanguage();
  const [step, setStep] = useState<Step>({ name: 'question' });
  const running = useRef(new AbortController());
  // Closing the dialog ends the writing between two files.
  useEffect(() => () => running.current.abort(), []);

  async function write(places: Places): Promise<void> {
    setStep({ name: 'writing', done: 0 });
    try {
      const report = await writeSidecars(photos, places, {
        language,
        signal: running.current.signal,
        onProgress: (done) => setStep({ name: 'writing', done }),
      });
      setStep({ name: 'report', report });
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
      onClose();
    }
  }

  if (step.name === 'question') {
    return <Question photos={photos} onWrite={(places) => void write(places)} onClose={onClose} />;
  }
  if (step.name === 'report') return <SidecarOutcome report={step.report} onClose={onClose} />;
  const progress = t('indexing.progress', {
    done: format.number(step.done),
    total: format.number(photos.length),
  });
  return (
    <Progress
      label={t('export.sidecars.title')}
      value={step.done}
      maxValue={photos.length}
      valueLabel={progress}
    />
  );
}

interface QuestionProps extends WriteSidecarsProps {
  readonly onWrite: (places: Places) => void;
}

/** What would be written and where; the writing begins only with the button. */
function Question({ photos, onWrite, onClose }: QuestionProps) {
  const { t } = useTranslation();
  const { locale } = useFormat();
  const { services, stores } = useApp();
  const [places, setPlaces] = useState<Places | null>(null);
  useEffect(() => {
    let mounted = true;
    services.library.originalsInFolders(photos.map(({ photo }) => photo.id)).then(
      (found) => mounted && setPlaces(found),
      (thrown) => stores.notices.getState().showError(AppError.from(thrown)),
    );
    return () => {
      mounted = false;
    };
  }, [photos, services, stores]);
  if (!places) return <p className="text-sm text-ink-soft">{t('export.sidecars.looking')}</p>;

  const count = places.size;
  const folders = new Set([...places.values()].map(({ folder }) => `“${folder.name}”`));
  const without = photos.length - count;
  return (
    <>
      <div className="flex flex-col gap-3 text-sm leading-relaxed text-ink-soft">
        {count > 0 ? (
          <>
            <p>{t('export.sidecars.text')}</p>
            <p>
              {inARow(
                t('export.sidecars.where', {
                  count,
                  folders: new Intl.ListFormat(locale).format(folders),
                }),
                ...(without > 0 ? [t('export.sidecars.without', { count: without })] : []),
              )}
            </p>
            <p>{t('export.sidecars.ask')}</p>
          </>
        ) : (
          <p>{t('export.sidecars.none')}</p>
        )}
      </div>
      <div className="mt-2 flex flex-wrap justify-end gap-2">
        <Button onPress={onClose}>{count > 0 ? t('app.cancel') : t('app.close')}</Button>
        {count > 0 && (
          <Button tone="primary" onPress={() => onWrite(places)}>
            {t('export.sidecars.write', { count })}
          </Button>
        )}
      </div>
    </>
  );
}
