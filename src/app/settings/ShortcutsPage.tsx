import { useTranslation } from 'react-i18next';

/** Every key that does something. */
export function ShortcutsPage() {
  const { t } = useTranslation();
  const shortcuts = [
    { keys: ['/'], text: t('shortcuts.search') },
    { keys: [t('shortcuts.escape')], text: t('shortcuts.clear') },
    { keys: [t('shortcuts.arrows')], text: t('shortcuts.move') },
    { keys: [t('shortcuts.enter')], text: t('shortcuts.open') },
    { keys: ['+', '−', '0'], text: t('shortcuts.zoom') },
    { keys: ['I'], text: t('shortcuts.details') },
    { keys: [t('shortcuts.delete')], text: t('shortcuts.remove') },
    { keys: ['S'], text: t('shortcuts.select') },
    { keys: [','], text: t('shortcuts.settings') },
    { keys: ['?'], text: t('shortcuts.help') },
  ];
  return (
    <dl className="divide-y divide-line text-sm">
      {shortcuts.map(({ keys, text }) => (
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
  );
}
