import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { IconButton } from './Button';
import type { Notice } from './notices-store';

const infoSeconds = 5;

/** What has just happened, at the foot of the page. Errors stay until they are dismissed. */
export function Notices() {
  const { t } = useTranslation();
  const notices = useAppState('notices', (state) => state.notices);
  return (
    <section
      aria-label={t('app.notices')}
      aria-live="polite"
      // Dialogs make all else on the page inert; what happens while one is open is said all the same.
      data-react-aria-top-layer
      className="pointer-events-none fixed inset-x-0 bottom-0 z-60 flex flex-col items-center gap-2 p-4 pb-[calc(4.25rem+env(safe-area-inset-bottom))] md:pb-4"
    >
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeCard({ notice }: { readonly notice: Notice }) {
  const { t } = useTranslation();
  const { dismiss } = useApp().stores.notices.getState();
  const isError = notice.tone === 'error';
  useEffect(() => {
    if (isError) return;
    const timer = setTimeout(() => dismiss(notice.id), infoSeconds * 1000);
    return () => clearTimeout(timer);
  }, [dismiss, isError, notice.id]);
  const Icon = isError ? CircleAlert : CircleCheck;
  return (
    <div
      role={isError ? 'alert' : undefined}
      className="animate-rise pointer-events-auto flex w-full max-w-lg items-start gap-3 rounded-2xl border border-line bg-raised py-1.5 pr-1.5 pl-4 text-ink shadow-lift"
    >
      <Icon
        aria-hidden="true"
        className={`mt-2.5 size-5 shrink-0 ${isError ? 'text-seal' : 'text-celadon'}`}
      />
      <div className="min-w-0 flex-1 py-2.5 text-sm">
        <p className="font-medium">{notice.title}</p>
        {notice.detail && <p className="mt-0.5 text-ink-soft">{notice.detail}</p>}
      </div>
      <IconButton icon={X} label={t('app.dismiss')} onPress={() => dismiss(notice.id)} />
    </div>
  );
}
