import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { IconButton } from './Button';
import type { Notice } from './notices-store';

const infoSeconds = 5;

/** What has just happened, at the foot of the page. Errors stay until they are dismissed. */
export function Notices() {
  const { t } = useTranslation();
  const notices = useAppState('notices', (state) => state.notices);
  const cards = (tone: Notice['tone']) =>
    notices
      .filter((notice) => notice.tone === tone)
      .map((notice) => <NoticeCard key={notice.id} notice={notice} />);
  return (
    <section
      aria-label={t('app.notices')}
      // Dialogs make all else on the page inert; what happens while one is open is said all the same.
      data-react-aria-top-layer
      className="pointer-events-none fixed inset-x-0 bottom-0 z-60 flex flex-col items-center gap-2 p-4 pb-[calc(4.25rem+env(safe-area-inset-bottom))] md:pb-4"
    >
      {/* Each is an alert: in a live region it would be read twice. */}
      {cards('error')}
      <div aria-live="polite" className="flex w-full flex-col items-center gap-2">
        {cards('info')}
      </div>
    </section>
  );
}

function NoticeCard({ notice }: { readonly notice: Notice }) {
  const { t } = useTranslation();
  const { dismiss } = useApp().stores.notices.getState();
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const isError = notice.tone === 'error';
  const stays = isError || pointed || focused;
  useEffect(() => {
    if (stays) return;
    const timer = setTimeout(() => dismiss(notice.id), infoSeconds * 1000);
    return () => clearTimeout(timer);
  }, [dismiss, stays, notice.id]);
  const Icon = isError ? CircleAlert : CircleCheck;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it is not operated, only read in peace
    <div
      role={isError ? 'alert' : undefined}
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      className="animate-rise pointer-events-auto flex w-full max-w-lg items-start gap-3 rounded-2xl border border-line bg-raised py-1.5 pr-1.5 pl-4 text-ink shadow-lift"
    >
      <Icon
        aria-hidden="true"
        className={`mt-2.5 size-5 shrink-0 ${isError ? 'text-seal' : 'text-celadon'}`}
      />
      <div className="min-w-0 flex-1 py-2.5 text-sm wrap-anywhere">
        <p className="font-medium">{notice.title}</p>
        {notice.detail && <p className="mt-0.5 text-ink-soft">{notice.detail}</p>}
      </div>
      <IconButton icon={X} label={t('app.dismiss')} onPress={() => dismiss(notice.id)} />
    </div>
  );
}
