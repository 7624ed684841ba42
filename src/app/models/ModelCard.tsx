import { Play, Trash2 } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isOffered, type OptionalPart } from '../../engine/engine';
import type { Manifest } from '../../model/manifest';
import { neededFiles } from '../../model/package';
import { useApp, useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { Button, IconButton } from '../ui/Button';
import { Confirm } from '../ui/Dialogs';
import { ModelDetails } from './ModelDetails';
import type { Model } from './models-store';
import { useModelTexts } from './useModelTexts';

/** One model: what it is and can do, what it takes, and what can be done with it. */
export function ModelCard({ model }: { readonly model: Model }) {
  const { t } = useTranslation();
  const used = useAppState('engine', (state) =>
    state.status === 'ready' ? state.modelKey === model.key : false,
  );
  const next = useAppState('models', (state) => state.next?.key === model.key);
  const { manifest, complete, bundled } = model;
  const { description } = useModelTexts(model);
  const card = useRef<HTMLLIElement>(null);
  const state = used ? 'in-use' : next ? 'next' : complete ? 'ready' : 'incomplete';
  return (
    <li
      ref={card}
      tabIndex={-1}
      data-testid="model"
      data-model={model.key}
      data-state={state}
      className={`rounded-2xl border px-4 py-3.5 sm:px-5 ${used ? 'border-celadon bg-celadon-wash/40' : 'border-line'}`}
    >
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-48 flex-1">
          <h3 className="font-serif text-lg leading-snug font-semibold break-words">
            {manifest.name}
          </h3>
          <p className="mt-1 flex flex-wrap gap-x-3 gap-y-1 text-xs text-ink-soft">
            {used && <Badge>{t('models.inUse')}</Badge>}
            {bundled && <span>{t('models.bundled')}</span>}
            <Abilities manifest={manifest} />
            <Languages tags={manifest.languages} />
            <Size model={model} />
          </p>
        </div>
        <Actions model={model} state={state} onUse={() => card.current?.focus()} />
      </div>
      {!complete && <GoOn model={model} />}
      <p className="mt-2 leading-relaxed text-ink-soft">{description}</p>
      <ModelDetails model={model} used={used} />
    </li>
  );
}

function Badge({ children }: { readonly children: ReactNode }) {
  return <span className="font-semibold text-celadon">{children}</span>;
}

function Abilities({ manifest }: { readonly manifest: Manifest }) {
  const { t } = useTranslation();
  const { locale } = useFormat();
  const backend = useAppState('engine', (state) =>
    state.status === 'ready' ? state.backend : null,
  );
  // Before one is chosen, what either could do.
  const backends = backend ? [backend] : (['wasm', 'webgpu'] as const);
  const offers = (part: OptionalPart) =>
    backends.some((candidate) => isOffered({ manifest, backend: candidate }, part));
  const abilities: string[] = [t('models.search'), t('models.labels')];
  if (offers('ranker')) abilities.push(t('models.rerank'));
  if (offers('captioner')) abilities.push(t('models.caption'));
  return <span>{new Intl.ListFormat(locale).format(abilities)}</span>;
}

function Languages({ tags }: { readonly tags: readonly string[] }) {
  const { locale } = useFormat();
  const names = new Intl.DisplayNames(locale, { type: 'language' });
  const list = new Intl.ListFormat(locale);
  const nameOf = (tag: string) => {
    try {
      return names.of(tag) ?? tag;
    } catch {
      // No language tag, in a package of somebody else's.
      return tag;
    }
  };
  return <span>{list.format(tags.map(nameOf))}</span>;
}

function Size({ model: { manifest, complete, stored } }: { readonly model: Model }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!stored) return <span>{t('models.notStored')}</span>;
  const size = format.bytes(stored.bytes);
  if (complete) return <span>{t('models.onDisk', { size })}</span>;
  const total = neededFiles(manifest).reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <span className="text-seal-ink">
      {t('models.incomplete', {
        progress: t('models.progress', { loaded: size, total: format.bytes(total) }),
      })}
    </span>
  );
}

interface ActionsProps {
  readonly model: Model;
  readonly state: 'in-use' | 'next' | 'ready' | 'incomplete';
  /** The button is pressed, and about to leave with the focus on it. */
  readonly onUse: () => void;
}

function Actions({ model, state, onUse }: ActionsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { use, remove } = useApp().stores.models.getState();
  const [removing, setRemoving] = useState(false);
  const { name } = model.manifest;
  const size = format.bytes(model.stored?.bytes ?? 0);
  const removable = (state === 'ready' || state === 'incomplete') && model.stored !== null;
  return (
    <div className="flex items-center">
      {state === 'ready' && (
        <Button
          size="small"
          icon={Play}
          aria-label={t('models.useNamed', { name })}
          onPress={() => {
            onUse();
            void use(model);
          }}
        >
          {t('models.use')}
        </Button>
      )}
      {removable && (
        <IconButton
          icon={Trash2}
          label={t('models.removeNamed', { name })}
          onPress={() => setRemoving(true)}
        />
      )}
      <Confirm
        isOpen={removing}
        title={t('models.removeTitle', { name })}
        text={
          model.index
            ? t('models.removeIndexText', {
                size,
                count: model.index.photos,
                indexSize: format.bytes(model.index.bytes),
              })
            : t('models.removeText', { size })
        }
        action={t('models.remove')}
        onConfirm={() => void remove(model)}
        onClose={() => setRemoving(false)}
      />
    </div>
  );
}

/** How a download that stopped before this visit goes on. */
function GoOn({ model: { manifest, origin } }: { readonly model: Model }) {
  const { t } = useTranslation();
  const { add } = useApp().stores.models.getState();
  const busy = useAppState('models', ({ adding }) => adding !== null);
  if (origin.kind === 'folder' || origin.kind === 'zip') {
    const text = origin.kind === 'zip' ? 'models.chooseZipAgain' : 'models.chooseFolderAgain';
    return <p className="mt-2">{t(text)}</p>;
  }
  if (origin.kind !== 'url') return null;
  return (
    <p className="mt-2">
      <Button
        size="small"
        isDisabled={busy}
        aria-label={t('models.goOnNamed', { name: manifest.name })}
        onPress={() => void add({ kind: 'url', url: origin.name })}
      >
        {t('models.goOn')}
      </Button>
    </p>
  );
}
