/**
 * Returns whether someone reads in an element: points at it, has moved the focus into it, or selected
 * a part of it.
 *
 * @param {HTMLElement} element
 * @param {() => void} onEnd called when they may have stopped
 */
export function watchReader(element, onEnd) {
  let isPointed = false;
  // n.b. an element that loses the focus still matches :focus-visible
  const endSoon = () => setTimeout(onEnd);
  element.addEventListener('pointerenter', ({ pointerType }) => {
    isPointed = pointerType !== 'touch';
  });
  element.addEventListener('pointerleave', () => {
    isPointed = false;
    endSoon();
  });
  element.addEventListener('focusout', endSoon);
  document.addEventListener('selectionchange', endSoon);
  return () => {
    const selection = getSelection();
    return (
      isPointed ||
      // n.b. a click or tap leaves the focus behind, too
      element.querySelector(':focus-visible') !== null ||
      (selection !== null && !selection.isCollapsed && element.contains(selection.anchorNode))
    );
  };
}
