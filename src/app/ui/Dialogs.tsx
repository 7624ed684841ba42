import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './Button';

interface FrameProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Tailwind classes for the size of the sheet. */
  readonly size: string;
  readonly role?: 'dialog' | 'alertdialog';
}

/** As large as what is in it; what the screen has no room for is scrolled to. */
const small = 'max-w-md max-h-dvh sm:max-h-[calc(100dvh-3rem)]';

function Frame({ isOpen, onClose, children, size, role = 'dialog' }: FrameProps) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable
      className="animate-appear fixed inset-0 z-50 flex items-end justify-center bg-black/45 backdrop-blur-xs sm:items-center sm:p-6"
    >
      <Modal
        className={`animate-rise w-full overflow-hidden rounded-t-2xl border border-line bg-surface text-ink shadow-lift sm:rounded-2xl ${size}`}
      >
        <Dialog role={role} className="flex h-full max-h-[inherit] flex-col outline-none">
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

interface SheetProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A large dialog with a title and a close button. */
export function Sheet({ title, isOpen, onClose, children }: SheetProps) {
  const { t } = useTranslation();
  return (
    <Frame
      isOpen={isOpen}
      onClose={onClose}
      size="max-w-3xl h-[88dvh] max-h-[88dvh] sm:h-[40rem] sm:max-h-[85dvh]"
    >
      <header className="flex items-center justify-between border-b border-line py-2 pr-2 pl-5 sm:pl-6">
        <Heading slot="title" className="font-serif text-lg font-semibold">
          {title}
        </Heading>
        <IconButton icon={X} label={t('app.close')} onPress={onClose} />
      </header>
      {children}
    </Frame>
  );
}

/** A dialog as large as what is in it, with a title. */
export function SmallDialog({ title, isOpen, onClose, children }: SheetProps) {
  const { t } = useTranslation();
  return (
    <Frame isOpen={isOpen} onClose={onClose} size={small}>
      <div className="flex min-h-0 flex-col gap-4 overflow-y-auto p-6">
        <div className="-mt-2 -mr-3 flex items-center justify-between gap-3">
          <Heading slot="title" className="font-serif text-xl font-semibold">
            {title}
          </Heading>
          <IconButton icon={X} label={t('app.close')} onPress={onClose} />
        </div>
        {children}
      </div>
    </Frame>
  );
}

interface ConfirmProps {
  readonly isOpen: boolean;
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something that is not undone by a click. */
export function Confirm({ isOpen, title, text, action, onConfirm, onClose }: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Frame isOpen={isOpen} onClose={onClose} size={small} role="alertdialog">
      <div className="flex min-h-0 flex-col gap-2 overflow-y-auto p-6">
        <Heading slot="title" className="font-serif text-xl font-semibold">
          {title}
        </Heading>
        <p className="text-sm leading-relaxed text-ink-soft">{text}</p>
        <div className="mt-4 flex flex-wrap justify-end gap-2">
          <Button onPress={onClose} autoFocus>
            {t('app.cancel')}
          </Button>
          <Button
            tone="danger"
            onPress={() => {
              onClose();
              onConfirm();
            }}
          >
            {action}
          </Button>
        </div>
      </div>
    </Frame>
  );
}
