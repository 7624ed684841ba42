import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { useFormat } from '../i18n/useFormat';
import { EngineFailure } from '../status/EngineFailure';
import { ModelProgress } from '../status/ModelProgress';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialogs';
import { AddModel } from './AddModel';
import { ModelCard } from './ModelCard';
import { NextModelProgress } from './NextModelProgress';

/** The models that there are: use, add, remove. */
export function ModelsPage() {
  const { t } = useTranslation();
  const { stores } = useApp();
  const models = useAppState('models', (state) => state.models);
  const arriving = useAppState('models', ({ adding }) => adding?.arriving?.key);
  const error = useAppState('models', (state) => state.error);
  useEffect(() => void stores.models.getState().refresh(), [stores]);
  const sentences = error && errorSentences(error);
  return (
    <div className="flex flex-col gap-8 text-sm">
      <div className="empty:hidden">
        <EngineFailure />
        <ModelProgress />
        <NextModelProgress />
        {sentences && (
          <p role="alert" className="mt-3 text-seal-ink">
            {inARow(sentences.what, sentences.remedy)}
          </p>
        )}
      </div>
      <ul aria-label={t('models.list')} className="flex flex-col gap-3">
        {models
          ?.filter(({ key, complete }) => complete || key !== arriving)
          .map((model) => (
            <ModelCard key={model.key} model={model} />
          ))}
      </ul>
      <Orphans />
      <AddModel />
    </div>
  );
}

/** Indexes that no model here can be searched with. */
function Orphans() {
  const { t } = useTranslation();
  const format = useFormat();
  const { removeOrphans } = useApp().stores.models.getState();
  const orphans = useAppState('models', (state) => state.orphans);
  const [removing, setRemoving] = useState(false);
  if (orphans.size === 0) return null;
  const size = format.bytes([...orphans.values()].reduce((sum, { bytes }) => sum + bytes, 0));
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="min-w-52 flex-1 text-ink-soft">
        {t('models.orphans', { count: orphans.size, size })}
      </p>
      <Button size="small" onPress={() => setRemoving(true)}>
        {t('models.orphansRemove')}
      </Button>
      <Confirm
        isOpen={removing}
        title={t('models.orphansTitle')}
        text={t('models.orphansText', { size })}
        action={t('models.orphansRemove')}
        onConfirm={() => void removeOrphans()}
        onClose={() => setRemoving(false)}
      />
    </div>
  );
}
