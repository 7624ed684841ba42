import { ChevronDown, Tag, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import {
  Autocomplete,
  Button,
  Dialog,
  DialogTrigger,
  Input,
  ListBox,
  ListBoxItem,
  Popover,
  SearchField,
  useFilter,
} from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { countTags } from './tag-filter-store';

/** Limits what is shown and found to the photos with one tag; nothing as long as there are no tags. */
export function TagFilter() {
  const { t } = useTranslation();
  const format = useFormat();
  const { contains } = useFilter({ sensitivity: 'base' });
  const tags = useAppState('library', (state) => state.tags);
  const { tag, choose } = useAppState('tagFilter', (state) => state);
  const counts = useMemo(() => countTags(tags), [tags]);
  const [open, setOpen] = useState(false);
  if (counts.length === 0) return null;

  return (
    // A name beside the other controls would be more than a phone is wide.
    <div
      className={`flex min-w-0 items-center ${tag === null ? '' : 'max-sm:order-last max-sm:basis-full'}`}
    >
      <DialogTrigger isOpen={open} onOpenChange={setOpen}>
        <Button
          aria-label={tag === null ? t('tags.filter') : t('tags.filteredBy', { tag })}
          className={`flex min-h-9 min-w-0 items-center gap-2 rounded-full px-3.5 text-sm font-medium pointer-coarse:min-h-11 ${
            tag === null
              ? 'text-ink-soft data-hovered:bg-sunken data-hovered:text-ink'
              : 'bg-celadon-wash text-ink'
          }`}
        >
          <Tag aria-hidden="true" className="size-4 shrink-0" strokeWidth={1.8} />
          <span className={tag === null ? 'max-sm:sr-only' : 'truncate'}>
            {tag ?? t('tags.filter')}
          </span>
          {tag === null && (
            <ChevronDown aria-hidden="true" className="size-3.5 shrink-0 max-sm:hidden" />
          )}
        </Button>
        <Popover className="animate-appear w-72 rounded-2xl border border-line bg-raised p-1.5 text-ink shadow-lift">
          <Dialog aria-label={t('tags.filter')} className="outline-none">
            <Autocomplete filter={contains}>
              <SearchField aria-label={t('tags.find')} autoFocus>
                <Input
                  placeholder={t('tags.find')}
                  className="h-11 w-full rounded-xl border border-line-strong bg-surface px-3 text-sm data-focused:border-celadon data-focused:outline-none"
                />
              </SearchField>
              <ListBox
                aria-label={t('tags.filter')}
                items={counts.map((entry) => ({ ...entry, id: entry.tag }))}
                onAction={(key) => {
                  choose(String(key));
                  setOpen(false);
                }}
                className="mt-1.5 max-h-80 overflow-y-auto outline-none"
              >
                {(entry) => (
                  <ListBoxItem
                    textValue={entry.tag}
                    className="flex min-h-10 cursor-pointer items-center justify-between gap-3 rounded-xl px-3 text-sm -outline-offset-2 data-focused:bg-sunken pointer-coarse:min-h-11"
                  >
                    <span className="min-w-0 break-words">{entry.tag}</span>
                    <span className="text-ink-faint tabular-nums">
                      {format.number(entry.count)}
                    </span>
                  </ListBoxItem>
                )}
              </ListBox>
            </Autocomplete>
          </Dialog>
        </Popover>
      </DialogTrigger>
      {tag !== null && (
        <Button
          aria-label={t('tags.clearFilter')}
          onPress={() => choose(null)}
          className="flex size-9 shrink-0 items-center justify-center rounded-full text-ink-soft data-hovered:bg-sunken data-hovered:text-ink pointer-coarse:size-11"
        >
          <X aria-hidden="true" className="size-4" />
        </Button>
      )}
    </div>
  );
}
