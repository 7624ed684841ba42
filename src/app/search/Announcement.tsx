import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SearchUpdate } from '../../search/search';
import { useAppState } from '../app-context';

/** Long enough to be recognized when it is read aloud. */
function shortened(query: string): string {
  const characters = [...query];
  return characters.length > 80 ? `${characters.slice(0, 79).join('')}…` : query;
}

/** What there is to say about a query; null while its photos are still being found or re-ordered. */
type News = 'waiting' | 'noPhotos' | 'found' | null;

function newsOf(update: SearchUpdate | null, loading: boolean): News {
  if (!update) return loading ? 'waiting' : null;
  if (update.hits.length === 0) return 'noPhotos';
  return update.stage === 'done' ? 'found' : null;
}

/**
 * Says what came of a query, once: an answer that is refreshed while photos are being indexed is no
 * news; one among the photos of another tag or by another model is. Stays mounted whatever the page
 * shows, since text that comes with its region is not read.
 */
export function Announcement() {
  const { t } = useTranslation();
  const update = useAppState('search', (state) => state.update);
  const answer = useAppState('search', (state) => state.answer);
  const loading = useAppState('engine', ({ status }) => status === 'loading');
  const [said, setSaid] = useState({ key: '', text: '' });
  const news = newsOf(update, loading);
  useEffect(() => {
    const key = `${news} ${answer}`;
    if (news === null || said.key === key) return;
    const likely = update?.hits.filter((hit) => hit.likely).length ?? 0;
    const texts = {
      waiting: t('search.waitingForModel'),
      noPhotos: t('search.noPhotos'),
      found: t('search.announce', { count: likely, query: shortened(update?.query ?? '') }),
    };
    setSaid({ key, text: texts[news] });
  }, [said, news, answer, update, t]);
  return (
    <p className="sr-only" role="status">
      {/* Another element: the same words said of another answer are read again. */}
      <span key={said.key}>{said.text}</span>
    </p>
  );
}
