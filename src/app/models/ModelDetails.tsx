import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { PackageOrigin } from '../../model/packages/source';
import { useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { useFormat } from '../i18n/useFormat';
import type { Model } from './models-store';
import { useModelTexts } from './useModelTexts';

interface ModelDetailsProps {
  readonly model: Model;
  readonly used: boolean;
}

/** Where a model comes from, on what terms, and what it has made of the library; folded away. */
export function ModelDetails({ model, used }: ModelDetailsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { manifest, origin, stored, index } = model;
  const { license, source } = useModelTexts(model);
  return (
    <Disclosure className="group mt-1">
      <Heading level={4}>
        <Button
          slot="trigger"
          aria-label={t('models.detailsOf', { name: manifest.name })}
          className="-mx-2 flex min-h-9 items-center gap-1 rounded-full px-2 text-xs text-ink-soft data-hovered:bg-sunken data-hovered:text-ink pointer-coarse:min-h-11"
        >
          {t('models.details')}
          <ChevronDown
            aria-hidden="true"
            className="size-3.5 transition-transform group-data-expanded:rotate-180"
          />
        </Button>
      </Heading>
      <DisclosurePanel>
        <dl className="grid gap-x-6 gap-y-1 pt-2 sm:grid-cols-[auto_1fr] sm:gap-y-2">
          {used && <BackendRow />}
          <Row term={t('models.version')}>{manifest.version}</Row>
          <Row term={t('models.license')}>{license}</Row>
          <Row term={t('models.weights')}>{source}</Row>
          <Row term={t('models.from')}>
            <Origin origin={origin} />
          </Row>
          {stored && <Row term={t('models.added')}>{format.dateTime(stored.addedAt)}</Row>}
          <Row term={t('models.index')}>
            {index
              ? t('models.indexSize', { count: index.photos, size: format.bytes(index.bytes) })
              : t('models.noIndex')}
          </Row>
        </dl>
      </DisclosurePanel>
    </Disclosure>
  );
}

function BackendRow() {
  const { t } = useTranslation();
  const state = useAppState('engine', (current) => current);
  if (state.status !== 'ready') return null;
  const { backend, fallbackReason, storageError } = state;
  const notKept = storageError && errorSentences(storageError);
  return (
    <Row term={t('models.backend')}>
      {t(backend === 'webgpu' ? 'engine.onWebgpu' : 'engine.onWasm')}
      {fallbackReason && (
        <span className="block text-ink-soft">
          {inARow(t('engine.fallback'), errorSentences(fallbackReason).what)}
          <span className="block font-mono text-xs break-words">{fallbackReason.message}</span>
        </span>
      )}
      {notKept && (
        <span className="block text-seal-ink" role="status">
          {inARow(t('models.notKept'), notKept.what, notKept.remedy)}
        </span>
      )}
    </Row>
  );
}

const origins = {
  site: 'models.fromSite',
  url: 'models.fromUrl',
  folder: 'models.fromFolder',
  zip: 'models.fromZip',
  split: 'models.fromSplit',
} as const satisfies Record<PackageOrigin['kind'], unknown>;

function Origin({ origin: { kind, name } }: { readonly origin: PackageOrigin }) {
  const { t } = useTranslation();
  return t(origins[kind], { name });
}

function Row({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{term}</dt>
      <dd className="mb-2 min-w-0 leading-relaxed wrap-anywhere sm:mb-0">{children}</dd>
    </>
  );
}
