/** What somebody has written on the labels page, kept for the next visit. */
import * as v from 'valibot';

const savedSchema = v.object({
  /** What the field holds. */
  text: v.string(),
  /** Name of the set that the text belongs to. */
  setName: v.string(),
  sets: v.array(v.object({ name: v.string(), text: v.string() })),
  /** Null: those of the model. */
  templates: v.nullable(v.object({ zh: v.array(v.string()), en: v.array(v.string()) })),
  /** Null: the model's threshold. */
  noneBelow: v.nullable(v.number()),
  threshold: v.number(),
});

export type SavedLabels = v.InferOutput<typeof savedSchema>;

const key = 'r2d2-web.labels';

const nothing: SavedLabels = {
  text: '',
  setName: '',
  sets: [],
  templates: null,
  noneBelow: null,
  threshold: 0.5,
};

export function readSavedLabels(): SavedLabels {
  try {
    const json = localStorage.getItem(key);
    return json === null ? nothing : v.parse(savedSchema, JSON.parse(json));
  } catch (cause) {
    console.warn('The saved labels cannot be read.', cause);
    return nothing;
  }
}

/** Calls back when another tab has saved something. */
export function onSavedElsewhere(listener: (saved: SavedLabels) => void): void {
  window.addEventListener('storage', (event) => {
    if (event.key === key) listener(readSavedLabels());
  });
}

/** Writes what has changed; all else stays as this or another tab has left it. */
export function writeSavedLabels(changes: Partial<SavedLabels>): void {
  try {
    const saved = { ...readSavedLabels(), ...changes };
    localStorage.setItem(key, JSON.stringify(v.parse(savedSchema, saved)));
  } catch (cause) {
    console.warn('The labels hold for this visit only.', cause);
  }
}
