import { Switch } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';

/** Every key that does something. */
export function ShortcutsPage() {
  const { t } = useTranslation();
  const singleKeys = useAppState('settings', (state) => state.singleKeys);
  const shortcuts = [
    { keys: ['/'], text: t('shortcuts.search') },
    { keys: [t('shortcuts.escape')], text: t('shortcuts.clear') },
    { keys: [t('shortcuts.arrows')], text: t('shortcuts.move') },
    { keys: [t('shortcuts.enter')], text: t('shortcuts.open') },
    { keys: ['+', '−', '0'], text: t('shortcuts.zoom') },
    { keys: [t('shortcuts.arrows')], text: t('shortcuts.pan') },
    { keys: ['I'], text: t('shortcuts.details') },
    { keys: [t('shortcuts.delete')], text: t('shortcuts.remove') },
    { keys: ['S'], text: t('shortcuts.select') },
    { keys: [','], text: t('shortcuts.settings') },
    { keys: ['?'], text: t('shortcuts.help') },
  ];
  return (
    <>
      <SingleKeys />
      <dl className="divide-y divide-line text-sm">
        {shortcuts
          .filter(({ keys }) => singleKeys || keys.some((key) => key.length > 1))
          .map(({ keys, text }) => (
            <div key={text} className="flex min-h-11 items-center justify-between gap-4">
              <dd className="order-1 text-ink-soft">{text}</dd>
              <dt className="order-2 flex gap-1.5">
                {keys.map((key) => (
                  <kbd
                    key={key}
                    className="min-w-7 rounded-md border border-line-strong bg-raised px-2 py-0.5 text-center font-sans text-xs"
                  >
                    {key}
                  </kbd>
                ))}
              </dt>
            </div>
          ))}
      </dl>
    </>
  );
}

/** Turns off what a stray key, or a word that is taken for one, could do. */
function SingleKeys() {
  const { t } = useTranslation();
  const { setSingleKeys } = useApp().stores.settings.getState();
  const singleKeys = useAppState('settings', (state) => state.singleKeys);
  return (
    <div className="mb-4 border-b border-line pb-4">
      <Switch
        isSelected={singleKeys}
        onChange={setSingleKeys}
        className="group flex min-h-11 cursor-pointer items-center justify-between gap-4 text-sm font-medium"
      >
        {t('shortcuts.singleKeys')}
        <span
          aria-hidden="true"
          className="flex h-6 w-11 shrink-0 items-center rounded-full border-2 border-line-strong px-0.5 transition-colors group-data-focus-visible:outline-2 group-data-focus-visible:outline-offset-2 group-data-focus-visible:outline-celadon group-data-selected:border-celadon group-data-selected:bg-celadon"
        >
          <span className="size-4 rounded-full bg-line-strong transition-[translate] group-data-selected:translate-x-5 group-data-selected:bg-on-celadon" />
        </span>
      </Switch>
      <p className="text-sm text-ink-soft">{t('shortcuts.singleKeysHint')}</p>
    </div>
  );
}
