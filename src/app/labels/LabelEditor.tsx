import { ChevronDown, Save } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import {
  Button as AriaButton,
  Disclosure,
  DisclosurePanel,
  Heading,
  Input,
  Label,
  TextArea,
  TextField,
} from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { parseTemplates, templatesOf } from '../../labels/templates';
import { useAppState } from '../app-context';
import { languageNames } from '../i18n/i18n';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialogs';
import { useComposing } from '../ui/useComposing';
import { LabelSets } from './LabelSets';

const field =
  'w-full rounded-2xl border border-line-strong bg-surface px-4 py-3 text-base placeholder:text-ink-faint data-focused:border-celadon data-focused:outline-2 data-focused:-outline-offset-1 data-focused:outline-celadon';

/** The labels: typed, from a set, and how sentences are made of them. */
export function LabelEditor() {
  const { t } = useTranslation();
  const { text, labels, setText } = useAppState('labels', (state) => state);
  const typed = useComposing(text, setText);
  return (
    <section aria-label={t('labels.editor')} className="flex flex-col gap-5">
      <LabelSets />
      <TextField {...typed} className="flex flex-col gap-2">
        <Label className="flex justify-between text-sm font-medium">
          {t('labels.field')}
          <span className="font-normal text-ink-faint tabular-nums">
            {t('labels.count', { count: labels.length })}
          </span>
        </Label>
        <TextArea
          rows={6}
          placeholder={t('labels.placeholder')}
          spellCheck={false}
          className={`field-sizing-content max-h-80 min-h-36 resize-y ${field}`}
        />
      </TextField>
      <SaveSet />
      <TemplateEditor />
    </section>
  );
}

function SaveSet() {
  const { t } = useTranslation();
  const { labels, sets, setName, saveSet } = useAppState('labels', (state) => state);
  const [name, setNewName] = useState('');
  const [asking, setAsking] = useState(false);
  const chosen = name.trim() || setName;
  const wouldReplace = chosen !== setName && sets.some((set) => set.name === chosen);

  function save(): void {
    saveSet(chosen);
    setNewName('');
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (wouldReplace) setAsking(true);
    else save();
  }

  return (
    <form onSubmit={submit} className="flex items-center gap-2">
      <TextField
        aria-label={t('labels.setName')}
        value={name}
        onChange={setNewName}
        className="min-w-0 flex-1"
      >
        <Input
          placeholder={setName || t('labels.setName')}
          className="h-11 w-full rounded-full border border-line-strong bg-surface px-4 text-sm placeholder:text-ink-faint data-focused:border-celadon data-focused:outline-2 data-focused:-outline-offset-1 data-focused:outline-celadon"
        />
      </TextField>
      <Button type="submit" icon={Save} isDisabled={labels.length === 0 || chosen === ''}>
        {t('labels.saveSet')}
      </Button>
      <Confirm
        isOpen={asking}
        title={t('labels.overwriteTitle', { name: chosen })}
        text={t('labels.overwriteText')}
        action={t('labels.replace')}
        onConfirm={save}
        onClose={() => setAsking(false)}
      />
    </form>
  );
}

function TemplateEditor() {
  const { t } = useTranslation();
  const own = useAppState('labels', (state) => state.templates);
  const setTemplates = useAppState('labels', (state) => state.setTemplates);
  const standard = useAppState('engine', (state) =>
    state.status === 'ready' ? templatesOf(state.manifest) : null,
  );
  const templates = own ?? standard;
  const [resets, setResets] = useState(0);

  function reset(): void {
    setTemplates(null);
    setResets(resets + 1);
  }

  return (
    <Disclosure className="rounded-2xl border border-line">
      <Heading>
        <AriaButton
          slot="trigger"
          className="group flex min-h-11 w-full items-center justify-between rounded-2xl px-4 text-sm font-medium"
        >
          {t('labels.templates')}
          <ChevronDown
            aria-hidden="true"
            className="size-4 text-ink-faint transition-transform group-aria-expanded:rotate-180"
          />
        </AriaButton>
      </Heading>
      <DisclosurePanel>
        <div className="flex flex-col gap-4 px-4 pb-4">
          <p className="text-sm text-ink-soft">{t('labels.templatesHint')}</p>
          {(['zh', 'en'] as const).map((language) => (
            <TemplateField
              key={`${language} ${resets}`}
              label={languageNames[language]}
              language={language}
              templates={templates?.[language]}
              onChange={(changed) =>
                templates && setTemplates({ ...templates, [language]: changed })
              }
            />
          ))}
          {own && (
            <Button size="small" tone="quiet" onPress={reset}>
              {t('labels.templatesReset')}
            </Button>
          )}
        </div>
      </DisclosurePanel>
    </Disclosure>
  );
}

interface TemplateFieldProps {
  readonly label: string;
  readonly language: string;
  /** Undefined until the model is there that brings them. */
  readonly templates: readonly string[] | undefined;
  readonly onChange: (templates: readonly string[]) => void;
}

/** Lines are taken over as they become templates, so the field keeps what is typed once it is. */
function TemplateField({ label, language, templates, onChange }: TemplateFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const typed = useComposing(draft ?? templates?.join('\n') ?? '', (next) => {
    setDraft(next);
    onChange(parseTemplates(next));
  });
  return (
    <TextField {...typed} isReadOnly={!templates} className="flex flex-col gap-1">
      <Label lang={language} className="text-xs text-ink-faint">
        {label}
      </Label>
      <TextArea
        rows={3}
        lang={language}
        spellCheck={false}
        className={`resize-y text-sm ${field}`}
      />
    </TextField>
  );
}
