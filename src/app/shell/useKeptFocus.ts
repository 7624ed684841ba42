import { useEffect } from 'react';

const controls = 'button:not(:disabled), a[href]';
const regions = 'main, section, nav, header, footer, [role=dialog], [role=alertdialog]';

/**
 * Where a control goes away that has the focus, as one that dismisses what it stands in, the focus
 * goes to what is nearest: browsers drop it, and a screen reader begins the page anew.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let focused: { readonly element: Element; readonly byKeyboard: boolean } | null = null;
    function note({ target }: FocusEvent): void {
      if (!(target instanceof Element)) return;
      focused = { element: target, byKeyboard: target.matches(':focus-visible') };
    }
    function forget({ target, relatedTarget }: FocusEvent): void {
      if (relatedTarget !== null) return;
      // Some browsers tell of a removed control like of one that was left, and before it is gone.
      setTimeout(() => {
        if (focused?.element === target && focused?.element.isConnected) focused = null;
      });
    }
    const observer = new MutationObserver((records) => {
      if (!focused || focused.element.isConnected) return;
      const { element, byKeyboard } = focused;
      focused = null;
      const gone = records.find(({ removedNodes }) =>
        [...removedNodes].some((node) => node.contains(element)),
      );
      if (!gone) return;
      const neighbour = byKeyboard ? controlBeside(gone) : null;
      const region = neighbour ? null : regionAround(gone.target);
      if (neighbour) neighbour.focus({ preventScroll: true });
      // At once: a dialog would give it to its first button.
      else if (region) focusRegion(region);
      // Dialogs and menus lie in none. They give it back by themselves, a moment after they are gone.
      else afterPaint(() => focusRegion(document.getElementById('content')));
    });
    document.addEventListener('focusin', note);
    document.addEventListener('focusout', forget);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', note);
      document.removeEventListener('focusout', forget);
      observer.disconnect();
    };
  }, []);
}

function afterPaint(then: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(then));
}

/** The same control of the next item of a list, or of the one before; the button beside a button. */
function controlBeside({ removedNodes, nextSibling, previousSibling }: MutationRecord) {
  const [removed] = removedNodes;
  if (!(removed instanceof Element && removed.matches('li, button'))) return null;
  for (const sibling of [nextSibling, previousSibling]) {
    if (!(sibling instanceof HTMLElement) || sibling.tagName !== removed.tagName) continue;
    const control = sibling.matches(controls)
      ? sibling
      : sibling.querySelector<HTMLElement>(controls);
    if (control?.checkVisibility()) return control;
  }
  return null;
}

function regionAround(place: Node): HTMLElement | null {
  return place instanceof Element && place.isConnected ? place.closest<HTMLElement>(regions) : null;
}

function focusRegion(region: HTMLElement | null): void {
  if (document.activeElement !== document.body || !region || region.closest('[inert]')) return;
  if (!region.hasAttribute('tabindex')) focusableWhileFocused(region);
  region.focus({ preventScroll: true });
}

function focusableWhileFocused(region: HTMLElement): void {
  region.tabIndex = -1;
  region.classList.add('outline-none');
  region.addEventListener('blur', function leave() {
    // The window was left, not the region.
    if (document.activeElement === region) return;
    region.removeEventListener('blur', leave);
    region.removeAttribute('tabindex');
    region.classList.remove('outline-none');
  });
}
