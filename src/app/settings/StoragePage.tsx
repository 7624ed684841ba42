import { Trash2 } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { Meter } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import type { StorageUse } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialogs';

/** What the library takes, whether the browser keeps it, and the way to empty it. */
export function StoragePage() {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const photoCount = useAppState('library', ({ photos }) => photos.length);
  const [use, setUse] = useState<StorageUse | null>(null);
  const [clearing, setClearing] = useState(false);

  const report = useCallback(
    (thrown: unknown) => stores.notices.getState().showError(AppError.from(thrown)),
    [stores],
  );
  const measure = useCallback(
    () => services.library.storage().then(setUse, report),
    [services, report],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured again when photos come or go
  useEffect(() => void measure(), [measure, photoCount]);

  async function persist(): Promise<void> {
    const granted = await navigator.storage.persist();
    await measure();
    if (!granted) {
      stores.notices.getState().show({ tone: 'info', title: t('settings.persistRefused') });
    }
  }

  async function clear(): Promise<void> {
    try {
      await services.library.clear();
      stores.notices.getState().show({ tone: 'info', title: t('settings.cleared') });
    } catch (thrown) {
      report(thrown);
    }
  }

  return (
    <div className="flex flex-col gap-8">
      {use && <Usage use={use} photoCount={photoCount} onPersist={() => void persist()} />}
      <section className="flex flex-wrap items-center justify-between gap-4 border-t border-line pt-6">
        <p className="min-w-52 flex-1 text-sm text-ink-soft">{t('settings.clearText')}</p>
        <Button
          tone="danger"
          icon={Trash2}
          isDisabled={photoCount === 0}
          onPress={() => setClearing(true)}
        >
          {t('settings.clear')}
        </Button>
      </section>
      <Confirm
        isOpen={clearing}
        title={t('settings.clearTitle')}
        text={t('settings.clearText')}
        action={t('settings.clear')}
        onConfirm={() => void clear()}
        onClose={() => setClearing(false)}
      />
    </div>
  );
}

interface UsageProps {
  readonly use: StorageUse;
  readonly photoCount: number;
  readonly onPersist: () => void;
}

function Usage({ use, photoCount, onPersist }: UsageProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = t('settings.used', {
    used: format.bytes(use.usedBytes),
    quota: format.bytes(use.quotaBytes),
  });
  return (
    <section className="flex flex-col gap-5">
      <Meter
        aria-label={t('settings.storage')}
        value={use.usedBytes}
        maxValue={Math.max(1, use.quotaBytes)}
        valueLabel={text}
      >
        {({ percentage }) => (
          <>
            <p className="font-serif text-2xl font-semibold">
              {t('settings.photosKept', { count: photoCount })}
            </p>
            <div className="mt-4 h-2 overflow-hidden rounded-full bg-line">
              <div
                className="h-full min-w-2 rounded-full bg-celadon"
                style={{ width: `${percentage}%` }}
              />
            </div>
            <p className="mt-2 text-sm text-ink-soft">{text}</p>
          </>
        )}
      </Meter>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="min-w-52 flex-1 text-sm text-ink-soft">
          {use.persisted ? t('settings.persisted') : t('settings.notPersisted')}
        </p>
        {!use.persisted && <Button onPress={onPersist}>{t('settings.persist')}</Button>}
      </div>
    </section>
  );
}
