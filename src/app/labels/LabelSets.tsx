import { X } from 'lucide-react';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';
import { type Language, languages } from '../i18n/i18n';
import { useLanguage } from '../i18n/useLanguage';
import { Confirm } from '../ui/Dialogs';
import { starterSets } from './starter-sets';

interface LabelSet {
  readonly name: string;
  readonly text: string;
}

const chip =
  'flex min-h-9 items-center rounded-full border px-3.5 text-sm transition-colors pointer-coarse:min-h-11';

/** Label sets to take: a person's own, which can be deleted, and some to begin with. */
export function LabelSets() {
  const { t } = useTranslation();
  const { text, sets, setName, openSet, deleteSet } = useAppState('labels', (state) => state);
  const language = useLanguage();
  const [asked, setAsked] = useState<{
    readonly about: 'opening' | 'deleting';
    readonly set: LabelSet;
  } | null>(null);
  const tone = (name: string) =>
    name === setName
      ? 'border-celadon bg-celadon-wash text-ink'
      : 'border-line bg-surface text-ink-soft data-hovered:border-celadon data-hovered:text-ink';
  const kept = [...sets, ...languages.flatMap(starters)];
  const wouldLose = text.trim() !== '' && kept.every((set) => set.text.trim() !== text.trim());

  function open(set: LabelSet): void {
    if (wouldLose) setAsked({ about: 'opening', set });
    else openSet(set);
  }

  return (
    <div>
      <h2 className="text-sm font-medium">{t('labels.sets')}</h2>
      <ul className="mt-2 flex flex-wrap gap-1.5">
        {sets.map((set) => (
          <li key={set.name} className="flex">
            <Button
              aria-pressed={set.name === setName}
              onPress={() => open(set)}
              className={`${chip} rounded-r-none border-r-0 font-medium ${tone(set.name)}`}
            >
              {set.name}
            </Button>
            <Button
              aria-label={t('labels.deleteSet', { name: set.name })}
              onPress={() => setAsked({ about: 'deleting', set })}
              className={`${chip} rounded-l-none px-2.5 ${tone(set.name)}`}
            >
              <X aria-hidden="true" className="size-4" />
            </Button>
          </li>
        ))}
        {starters(language)
          .filter(({ name }) => sets.every((set) => set.name !== name))
          .map((set) => (
            <li key={set.name}>
              <Button
                aria-pressed={set.name === setName}
                onPress={() => open(set)}
                className={`${chip} ${tone(set.name)}`}
              >
                {set.name}
              </Button>
            </li>
          ))}
      </ul>
      <Confirm
        isOpen={asked?.about === 'opening'}
        title={t('labels.replaceTitle')}
        text={t('labels.replaceText')}
        action={t('labels.replace')}
        onConfirm={() => asked && openSet(asked.set)}
        onClose={() => setAsked(null)}
      />
      <Confirm
        isOpen={asked?.about === 'deleting'}
        title={t('labels.deleteTitle', { name: asked?.set.name ?? '' })}
        text={t('labels.deleteText')}
        action={t('labels.delete')}
        onConfirm={() => asked && deleteSet(asked.set.name)}
        onClose={() => setAsked(null)}
      />
    </div>
  );
}

function starters(language: Language): readonly LabelSet[] {
  const separator = language === 'zh' ? '、' : ', ';
  return starterSets[language].map(({ name, labels }) => ({ name, text: labels.join(separator) }));
}
