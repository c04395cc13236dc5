/** The editor: one document, its selection, its history and its view. It knows neither canvas nor server; both listen. */

import { boxBetween, inReadingOrder, isLargeEnough, type Point, type Quad, type Size } from './geometry';
import { EMPTY, forget, record, redone, seal, undone } from './history';
import {
  apply,
  type Change,
  type Label,
  type Picture,
  type Region,
  type Regions,
  reversed,
  sameLabels,
  sameRegion,
} from './model';
import { type EditorState, fieldsOf, hasNewFields, NOTHING, type Preview, repeated } from './state';
import { panBy, toImage, type View, viewFor, whole, zoomAt } from './view';

export interface Step {
  title: string;
  merge?: string;
}

/** Told of every change a person makes, also by undo and redo; never of loading. `settled` is false while it is being typed. */
export type OnChange = (changes: readonly Change[], settled: boolean) => void;

/** Moves the view from where it is; replaced by an animated one where there is a screen. */
export type Glide = (from: View, to: View, show: (view: View) => void) => void;

const MOST_KEPT = 50;

export class Editor {
  state: EditorState = NOTHING;
  onChange: OnChange = () => {};
  /** Told of every change a person makes to what is said to be absent. */
  onAbsent: (absent: readonly string[]) => void = () => {};
  /** Told of labels that turned out to occur several times on an image. */
  onSeveral: (labels: readonly string[]) => void = () => {};
  glide: Glide = (_from, to, show) => show(to);
  private readonly listeners = new Set<() => void>();
  private readonly kept = new Map<string, Pick<EditorState, 'regions' | 'absent' | 'history'>>();
  private ordered: { regions: Regions; list: Region[] } = { regions: NOTHING.regions, list: [] };

  constructor(
    private readonly newId: () => string,
    private readonly now: () => number = Date.now,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): EditorState => this.state;

  private set(change: Partial<EditorState>): void {
    const state = { ...this.state, ...change };
    this.state = hasNewFields(change) ? { ...state, ...fieldsOf(state) } : state;
    for (const listener of this.listeners) listener();
  }

  // ---- Loading: never undoable ----

  open(picture: Picture, regions: readonly Region[], absent: readonly string[] = []): void {
    this.leave();
    const loaded: Regions = new Map(regions.map((region) => [region.id, region]));
    const kept = this.kept.get(picture.id);
    const unchanged = kept && sameRegions(kept.regions, loaded) && sameLabels(kept.absent, absent);
    const { labels, several, readOnly, stage } = this.state;
    this.set({
      ...NOTHING,
      picture,
      regions: loaded,
      absent,
      history: unchanged ? kept.history : EMPTY,
      view: whole(picture, stage),
      labels,
      several,
      readOnly,
      stage,
    });
  }

  /** Undo goes on where it was when a person comes back to an image that nobody else has changed. */
  private leave(): void {
    const { picture, regions, absent, history, several } = this.state;
    if (!picture) return;
    this.kept.delete(picture.id);
    this.kept.set(picture.id, { regions, absent, history });
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > MOST_KEPT && oldest) this.kept.delete(oldest);
    const more = repeated(regions).filter((label) => !several.includes(label));
    if (more.length === 0) return;
    this.set({ several: [...several, ...more] });
    this.onSeveral(this.state.several);
  }

  close(): void {
    this.leave();
    const { labels, several, readOnly, stage } = this.state;
    this.set({ ...NOTHING, labels, several, readOnly, stage });
  }

  /** A region as it is now on the server, changed elsewhere; null when it was deleted there. */
  receive(id: string, region: Region | null): void {
    const before = this.state.regions.get(id) ?? null;
    if (sameRegion(before, region)) return;
    const regions = apply(this.state.regions, [{ id, before, after: region }]);
    this.set({ ...this.withoutGone(regions), regions, history: forget(this.state.history, id) });
    this.goHome();
  }

  /** What is said to be absent, as it is now on the server. */
  receiveAbsent(absent: readonly string[]): void {
    if (!sameLabels(absent, this.state.absent)) this.set({ absent });
  }

  setLabels(labels: readonly Label[]): void {
    this.set({ labels });
  }

  setSeveral(several: readonly string[]): void {
    this.set({ several });
  }

  setReadOnly(readOnly: boolean): void {
    if (readOnly !== this.state.readOnly) this.set({ readOnly });
  }

  // ---- Reading ----

  get list(): readonly Region[] {
    if (this.ordered.regions !== this.state.regions) {
      this.ordered = { regions: this.state.regions, list: inReadingOrder([...this.state.regions.values()]) };
    }
    return this.ordered.list;
  }

  get selected(): Region | null {
    return this.state.selected === null ? null : (this.state.regions.get(this.state.selected) ?? null);
  }

  /** The next region in reading order, beginning after `from` and going round once, that `wanted` holds for. */
  nextAfter(from: string | null, wanted: (region: Region) => boolean): Region | null {
    const list = this.list;
    const start = list.findIndex((region) => region.id === from);
    const round = [...list.slice(start + 1), ...list.slice(0, start + 1)];
    return round.find((region) => region.id !== from && wanted(region)) ?? null;
  }

  // ---- Changing: undoable, and told to whoever saves ----

  change(step: Step, changes: readonly Change[], settled = true): void {
    const real = changes.filter((change) => !sameRegion(change.before, change.after));
    if (this.state.readOnly || real.length === 0) return;
    const there = new Set(real.map((change) => change.after?.label));
    const before = this.state.absent;
    const after = before.filter((label) => !there.has(label));
    const entry = { title: step.title, changes: real, merge: step.merge ?? null, at: this.now() };
    const regions = apply(this.state.regions, real);
    const history = record(
      this.state.history,
      sameLabels(before, after) ? entry : { ...entry, absent: { before, after } },
    );
    this.set({ ...this.withoutGone(regions), regions, absent: after, history });
    this.goHome();
    this.onChange(real, settled);
    if (before.length !== after.length) this.onAbsent(after);
  }

  /** Says of a label that it is not on this image, or takes that back. */
  sayAbsent(label: string, isAbsent = true): void {
    const before = this.state.absent;
    if (this.state.readOnly || before.includes(label) === isAbsent) return;
    const after = isAbsent ? [...before, label] : before.filter((each) => each !== label);
    const title = isAbsent ? 'Not on this image' : 'On this image after all';
    const entry = { title, changes: [], merge: null, at: this.now(), absent: { before, after } };
    const chosen = this.state.chosen === label ? null : this.state.chosen;
    this.set({ absent: after, chosen, history: record(this.state.history, entry) });
    this.onAbsent(after);
  }

  /** A suggestion that a person edits is a person's from then on. */
  edit(
    id: string,
    fields: Partial<Pick<Region, 'label' | 'quad' | 'text' | 'origin'>>,
    step: Step,
    settled = true,
  ): void {
    const before = this.state.regions.get(id);
    if (!before) return;
    const origin = before.origin === 'suggestion' ? 'person' : before.origin;
    const after: Region = { ...before, origin, ...fields };
    this.change(step, [{ id, before, after }], settled);
  }

  preview(preview: Preview | null): void {
    if (preview !== this.state.preview) this.set({ preview });
  }

  draw(quad: Quad): string | null {
    const id = this.put(quad);
    if (id) this.type(id, 'drawn');
    return id;
  }

  private put(quad: Quad): string | null {
    const { readOnly, picture, label } = this.state;
    if (readOnly || !picture || !isLargeEnough(quad)) return null;
    this.finishTyping();
    const id = this.newId();
    const after: Region = { id, label, quad, text: '', origin: 'person', confidence: null };
    this.change({ title: 'Draw' }, [{ id, before: null, after }]);
    this.set({ selected: id, fresh: id, last: label, chosen: this.lasting(label) });
    return id;
  }

  /** A label that occurs several times stays chosen, as more of them are likely to follow. */
  private lasting(label: string | null): string | null {
    const { chosen, several, regions } = this.state;
    if (label === null || label !== chosen) return null;
    return several.includes(label) || repeated(regions).includes(label) ? label : null;
  }

  /** A box of a fifth of what is in sight, in its middle. The arrow keys place it first; Enter then opens its text. */
  drawInMiddle(): string | null {
    const { picture, stage, view } = this.state;
    if (!picture) return null;
    const at = (x: number, y: number): Point => toImage(view, [stage.width * x, stage.height * y]);
    return this.put(boxBetween(at(0.4, 0.44), at(0.6, 0.56), picture));
  }

  /** Takes back a box that was drawn just now and has no text; false where there is none. */
  takeBack(): boolean {
    const { fresh, selected } = this.state;
    if (fresh === null || fresh !== selected || this.selected?.text !== '') return false;
    this.remove([fresh]);
    return true;
  }

  remove(ids: readonly string[]): void {
    const changes = ids.flatMap((id) => {
      const before = this.state.regions.get(id);
      return before ? [{ id, before, after: null }] : [];
    });
    this.change({ title: 'Delete' }, changes);
  }

  /** The label of the selected region, or of the next box. */
  giveLabel(label: string): void {
    const selected = this.selected;
    if (selected) {
      this.edit(selected.id, { label }, { title: 'Label' });
      this.set({ last: label });
    }
    this.set({ chosen: label });
    if (selected) this.set({ chosen: this.lasting(label) });
  }

  undo(): boolean {
    return this.travel(undone(this.state.history), true);
  }

  redo(): boolean {
    return this.travel(redone(this.state.history), false);
  }

  private travel(step: ReturnType<typeof undone>, back: boolean): boolean {
    if (this.state.readOnly || !step) return false;
    const changes = back ? reversed(step.entry.changes) : step.entry.changes;
    const regions = apply(this.state.regions, changes);
    const still = changes.find((change) => change.after)?.id ?? this.state.selected;
    const gone = this.withoutGone(regions);
    const selected = still !== null && regions.has(still) ? still : null;
    const absent = step.entry.absent?.[back ? 'before' : 'after'];
    this.set({
      regions,
      absent: absent ?? this.state.absent,
      history: step.history,
      typing: this.state.typing,
      ...gone,
      selected,
    });
    if (this.state.typing?.id !== selected) this.finishTyping();
    if (changes.length > 0) this.onChange(changes, true);
    if (absent) this.onAbsent(absent);
    return true;
  }

  private withoutGone(regions: Regions): Partial<EditorState> {
    const { selected, typing } = this.state;
    return {
      selected: selected !== null && regions.has(selected) ? selected : null,
      typing: typing && regions.has(typing.id) ? typing : null,
    };
  }

  // ---- Selection and typing ----

  select(id: string | null): void {
    if (this.state.typing && this.state.typing.id !== id) this.finishTyping();
    if (this.state.selected !== id)
      this.set({ selected: id, fresh: null, history: seal(this.state.history) });
  }

  /**
   * Opens a region's text field and brings the region into sight. `over`: the hand has opened this very text to type it
   * anew. Everywhere else what is typed joins the text, so that no key meant for something else replaces it.
   */
  type(id: string, how: 'drawn' | 'over' | 'on' = 'on'): void {
    const region = this.state.regions.get(id);
    if (!region || this.state.typing?.id === id) return;
    this.settleText();
    const { view, home, stage, fresh } = this.state;
    const typing = { id, before: how === 'drawn' ? null : region, over: how === 'over' };
    this.set({ selected: id, typing, fresh: fresh === id ? id : null, history: seal(this.state.history) });
    if (viewFor(region.quad, view, stage) === view) return;
    const base = home ?? view;
    const next = viewFor(region.quad, base, stage);
    this.set({ home: next === base ? null : base });
    this.moveView(next);
  }

  /** The hand turned to something else while a text is open: the next character no longer replaces it. */
  keepText(): void {
    const { typing } = this.state;
    if (typing?.over) this.set({ typing: { ...typing, over: false } });
  }

  setText(id: string, text: string): void {
    this.keepText();
    this.edit(id, { text }, { title: 'Type', merge: `text ${id}` }, false);
  }

  /** Leaves the text field; what was typed stays. */
  finishTyping(): void {
    this.settleText();
    if (this.state.typing) this.set({ typing: null });
    this.goHome();
  }

  /** Back to the view from before a region was zoomed to. */
  private goHome(): void {
    const { home, typing } = this.state;
    if (!home || typing) return;
    this.set({ home: null });
    this.moveView(home);
  }

  /** The text is as it was when its field opened; of a region drawn just now first the text goes, then the region. */
  cancelTyping(): void {
    const { typing, regions } = this.state;
    const now = typing && regions.get(typing.id);
    if (!typing || !now) return;
    this.set({ history: seal(this.state.history) });
    const back = typing.before ?? (now.text === '' ? null : { ...now, text: '' });
    const after = back && { ...now, text: back.text, origin: back.origin };
    this.change({ title: 'Cancel' }, [{ id: now.id, before: now, after }]);
    if (typing.before !== null || after === null) this.finishTyping();
  }

  private settleText(): void {
    const typing = this.state.typing;
    const now = typing && this.state.regions.get(typing.id);
    if (!typing || !now) return;
    this.set({ history: seal(this.state.history) });
    this.onChange([{ id: now.id, before: now, after: now }], true);
  }

  // ---- The view ----

  resize(stage: Size): void {
    const { picture, stage: old } = this.state;
    const first = old.width === 0 || old.height === 0;
    if (picture && first) {
      this.set({ stage, view: whole(picture, stage) });
      return;
    }
    const { view } = this.state;
    const fitted = picture !== null && view.scale === whole(picture, old).scale;
    if (picture && fitted) {
      this.set({ stage, view: whole(picture, stage) });
      return;
    }
    const [dx, dy] = [(stage.width - old.width) / 2, (stage.height - old.height) / 2];
    this.set({ stage, view: first ? view : { ...view, x: view.x + dx, y: view.y + dy } });
  }

  zoom(factor: number, pointer?: Point): void {
    const { view, stage, picture } = this.state;
    const at = pointer ?? [stage.width / 2, stage.height / 2];
    if (picture) this.lookAt(zoomAt(view, at, factor, picture, stage));
  }

  pan(dx: number, dy: number): void {
    const { view, stage, picture } = this.state;
    if (picture) this.lookAt(panBy(view, dx, dy, picture, stage));
  }

  showWhole(): void {
    const { stage, picture } = this.state;
    if (!picture) return;
    this.set({ home: null });
    this.moveView(whole(picture, stage));
  }

  /** Set by a person's own hand: typing will not move it back. */
  private lookAt(view: View): void {
    this.glideNumber += 1;
    this.set({ view, home: null });
  }

  private glideNumber = 0;

  private moveView(to: View): void {
    this.glideNumber += 1;
    const number = this.glideNumber;
    this.glide(this.state.view, to, (view) => {
      if (number === this.glideNumber) this.set({ view });
    });
  }
}

function sameRegions(a: Regions, b: Regions): boolean {
  return a.size === b.size && [...a].every(([id, region]) => sameRegion(region, b.get(id) ?? null));
}
