import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Manifest } from '../../model/manifest';
import { useAppState } from '../app-context';
import { errorSentences } from '../i18n/error-sentences';
import { useFormat } from '../i18n/useFormat';
import { EngineFailure } from '../status/EngineFailure';
import { ModelProgress } from '../status/ModelProgress';

/** The model in use: what it is, what it can do and where it runs. */
export function ModelPage() {
  const { t } = useTranslation();
  const state = useAppState('engine', (current) => current);
  if (state.status === 'failed') return <EngineFailure />;
  if (state.status === 'loading') {
    return (
      <>
        <p className="text-sm text-ink-soft">{t('engine.starting')}</p>
        <ModelProgress />
      </>
    );
  }
  const { manifest, backend, fallbackReason, storageError } = state;
  return (
    <div className="flex flex-col gap-5 text-sm">
      <div>
        <p className="font-serif text-2xl font-semibold">{manifest.name}</p>
        <p className="mt-1.5 leading-relaxed text-ink-soft">{manifest.description}</p>
      </div>
      {storageError && (
        <p className="text-seal-ink" role="status">
          {t('settings.modelNotKept')} {errorSentences(storageError).what}{' '}
          {errorSentences(storageError).remedy}
        </p>
      )}
      <dl className="grid gap-x-6 gap-y-1 sm:gap-y-3 sm:grid-cols-[auto_1fr]">
        <Row term={t('settings.modelBackend')}>
          {t(backend === 'webgpu' ? 'engine.onWebgpu' : 'engine.onWasm')}
          {fallbackReason && (
            <span className="block text-ink-soft">
              {t('engine.fallback')} {errorSentences(fallbackReason).what}
              <span className="block font-mono text-xs break-words">{fallbackReason.message}</span>
            </span>
          )}
        </Row>
        <Row term={t('settings.modelParts')}>
          <Abilities manifest={manifest} />
        </Row>
        <Row term={t('settings.modelLanguages')}>
          <Languages tags={manifest.languages} />
        </Row>
        <Row term={t('settings.modelVersion')}>{manifest.version}</Row>
        <Row term={t('settings.modelLicense')}>{manifest.license}</Row>
        <Row term={t('settings.modelSource')}>{manifest.source}</Row>
      </dl>
    </div>
  );
}

function Abilities({ manifest }: { readonly manifest: Manifest }) {
  const { t } = useTranslation();
  const { locale } = useFormat();
  const abilities: string[] = [t('settings.modelSearch')];
  if (manifest.graphs.ranker) abilities.push(t('settings.modelRerank'));
  if (manifest.graphs.captioner) abilities.push(t('settings.modelCaption'));
  return new Intl.ListFormat(locale).format(abilities);
}

function Languages({ tags }: { readonly tags: readonly string[] }) {
  const { locale } = useFormat();
  const names = new Intl.DisplayNames(locale, { type: 'language' });
  return new Intl.ListFormat(locale).format(tags.map((tag) => names.of(tag) ?? tag));
}

function Row({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{term}</dt>
      <dd className="mb-3 sm:mb-0 leading-relaxed break-words">{children}</dd>
    </>
  );
}
