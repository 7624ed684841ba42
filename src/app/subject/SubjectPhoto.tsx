import { FolderOpen, Images, ImageUp, X } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PhotoSource } from '../../search/photo-source';
import { useApp, useAppState } from '../app-context';
import { photoName } from '../library/photo-name';
import { Button, IconButton } from '../ui/Button';
import { LibraryChooser } from './LibraryChooser';
import { useSubjectPicture } from './useSubjectPicture';

/** The one photo that a page is about, and the ways to choose it; `children` lie over the photo. */
export function SubjectPhoto({ children }: { readonly children?: ReactNode }) {
  const { t } = useTranslation();
  const { subject, choose } = useAppState('subject', (state) => state);
  const hasLibrary = useAppState('library', ({ photos }) => photos.length > 0);
  const [choosing, setChoosing] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  return (
    <section aria-label={t('subject.label')}>
      {subject ? (
        <Picture
          key={subject.kind === 'file' ? 'file' : subject.id}
          subject={subject}
          onClear={() => choose(null)}
        >
          {children}
        </Picture>
      ) : (
        <div className="flex aspect-4/3 flex-col items-center justify-center gap-2 rounded-2xl border-2 border-dashed border-line-strong bg-surface p-6 text-center">
          <ImageUp aria-hidden="true" className="size-9 text-celadon" strokeWidth={1.4} />
          <p className="font-serif text-lg font-semibold">{t('subject.empty')}</p>
          <p className="max-w-xs text-sm text-ink-soft">{t('subject.emptyHint')}</p>
        </div>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="small" icon={FolderOpen} onPress={() => input.current?.click()}>
          {t('subject.file')}
        </Button>
        {hasLibrary && (
          <Button size="small" icon={Images} onPress={() => setChoosing(true)}>
            {t('subject.library')}
          </Button>
        )}
      </div>
      <input
        ref={input}
        type="file"
        accept="image/*,.heic,.heif"
        hidden
        data-testid="subject-input"
        aria-label={t('subject.file')}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = '';
          if (file) choose({ kind: 'file', file });
        }}
      />
      <LibraryChooser
        isOpen={choosing}
        onClose={() => setChoosing(false)}
        onChoose={(id) => choose({ kind: 'library', id })}
      />
    </section>
  );
}

interface PictureProps {
  readonly subject: PhotoSource;
  readonly onClear: () => void;
  readonly children: ReactNode;
}

function Picture({ subject, onClear, children }: PictureProps) {
  const { t } = useTranslation();
  const { library } = useApp().services;
  const url = useSubjectPicture(subject);
  const photo = subject.kind === 'library' ? library.photo(subject.id) : undefined;
  const name = subject.kind === 'file' ? subject.file.name : photo ? photoName(photo) : '';
  return (
    <figure>
      <div className="flex min-h-48 justify-center overflow-hidden rounded-2xl bg-sunken">
        {/* As large as the picture, so that what lies over it fits. */}
        <div className="relative">
          {url && (
            <img
              src={url}
              alt={name}
              className="animate-appear block max-h-[32vh] max-w-full sm:max-h-[56vh] lg:max-h-[68vh]"
            />
          )}
          {children}
          <div className="absolute top-2 right-2 rounded-full bg-black/45 backdrop-blur-sm">
            <IconButton onPhoto icon={X} label={t('subject.clear')} onPress={onClear} />
          </div>
        </div>
      </div>
      <figcaption className="mt-2 truncate text-xs text-ink-faint">{name}</figcaption>
    </figure>
  );
}
