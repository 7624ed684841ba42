import { type CompositionEvent, useState } from 'react';

interface ComposedField {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly onCompositionStart: (event: CompositionEvent<HTMLInputElement>) => void;
  readonly onCompositionEnd: (event: CompositionEvent<HTMLInputElement>) => void;
}

/**
 * The properties of a text field that takes its text over as it is typed, but not while an input
 * method is composing: what that shows is not yet what the person means.
 */
export function useComposing(text: string, onChange: (text: string) => void): ComposedField {
  const [composing, setComposing] = useState<string | null>(null);
  return {
    value: composing ?? text,
    onChange: (typed) => (composing === null ? onChange(typed) : setComposing(typed)),
    onCompositionStart: ({ currentTarget }) => setComposing(currentTarget.value),
    onCompositionEnd({ currentTarget }) {
      setComposing(null);
      onChange(currentTarget.value);
    },
  };
}
