import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { PhotoSource } from '../../search/photo-source';
import { useApp, useAppState } from '../app-context';
import { languageNames, languages } from '../i18n/i18n';
import { useLanguage } from '../i18n/useLanguage';
import { HeatMap } from '../matching/HeatMap';
import { chosenAttention } from '../matching/WordPicker';
import { useAbilities } from '../status/useAbilities';
import { SubjectPhoto } from '../subject/SubjectPhoto';
import { Segments } from '../ui/Segments';
import { Caption } from './Caption';
import { begun } from './caption-store';
import { OtherSentences } from './OtherSentences';
import { useLook } from './useLook';

/** A photo, and what the model writes about it. */
export function CaptionsPage() {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const { setLanguage, write } = stores.caption.getState();
  const pageLanguage = useLanguage();
  const language = useAppState('caption', (state) => state.language) ?? pageLanguage;
  const written = useAppState('caption', (state) => state.writings[language]);
  const subject = useAppState('subject', (state) => state.subject);
  const { captioner, ranker } = useAbilities();
  const isRankerLeftOut = useAppState(
    'engine',
    (state) => state.status === 'ready' && state.leftOut?.ranker !== undefined,
  );
  // Also between two models: what a person is typing about the photo stays on show.
  const writing = written ?? (subject && captioner ? begun : undefined);
  const sentence = writing?.sentences[writing.chosen];
  const look = useLook(sentence);
  const lit = look.hovered ?? look.picked;
  const heat = sentence && lit !== null ? chosenAttention(sentence.words, lit) : null;

  useEffect(() => services.captions.prepare(), [services]);
  useEffect(() => {
    if (subject && !written && captioner) void write(language);
  }, [subject, written, captioner, language, write]);

  return (
    <div className="pt-6 sm:pt-8">
      <h1 className="font-serif text-2xl font-semibold sm:text-3xl">{t('captions.title')}</h1>
      <p className="mt-1.5 max-w-2xl text-ink-soft">{t('captions.lead')}</p>
      {!captioner && (
        <p role="alert" className="mt-4 rounded-xl bg-seal-wash px-4 py-3 text-sm text-seal-ink">
          {t('captions.noCaptioner')}
        </p>
      )}
      <div className="mt-6 grid items-start gap-8 lg:grid-cols-[3fr_2fr] lg:gap-10">
        <SubjectPhoto>
          {heat && <HeatMap attention={heat.attention} subject={heat.subject} />}
        </SubjectPhoto>
        {captioner && (
          <div className="flex min-w-0 flex-col gap-5">
            <Segments
              label={t('captions.language')}
              value={language}
              onChange={setLanguage}
              options={languages.map((value) => ({
                value,
                label: languageNames[value],
                lang: value,
              }))}
            />
            {writing ? (
              <>
                <Caption
                  key={`${language} ${subject && keyOf(subject)}`}
                  language={language}
                  writing={writing}
                  look={look}
                />
                <OtherSentences language={language} writing={writing} />
                {!ranker && <p className="text-sm text-ink-soft">{t('captions.noRanker')}</p>}
                {isRankerLeftOut && (
                  <p className="text-sm text-ink-soft">{t('captions.rankerLeftOut')}</p>
                )}
              </>
            ) : (
              <p className="text-sm text-ink-soft">{t('captions.needsPhoto')}</p>
            )}
          </div>
        )}
      </div>
    </div>
  );
}

function keyOf(subject: PhotoSource): string {
  if (subject.kind === 'library') return subject.id;
  const { name, size, lastModified } = subject.file;
  return `${name} ${size} ${lastModified}`;
}
