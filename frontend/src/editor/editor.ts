/** The editor: one document, its selection, its history and its view. It knows neither canvas nor server; both listen. */

import { boxBetween, inReadingOrder, isLargeEnough, type Point, type Quad, type Size } from './geometry';
import { EMPTY, forget, type History, record, redone, seal, undone } from './history';
import {
  apply,
  type Change,
  type Label,
  type Picture,
  type Region,
  type Regions,
  reversed,
  sameRegion,
} from './model';
import { panBy, toImage, type View, viewFor, whole, zoomAt } from './view';

export interface Typing {
  readonly id: string;
  /** The region as it was when its text field opened; null when it was drawn just now. */
  readonly before: Region | null;
}

export interface EditorState {
  readonly picture: Picture | null;
  readonly regions: Regions;
  readonly selected: string | null;
  readonly typing: Typing | null;
  readonly labels: readonly Label[];
  /** The label the next drawn region gets. */
  readonly label: string | null;
  readonly readOnly: boolean;
  readonly history: History;
  readonly stage: Size;
  readonly view: View;
  /** Where to go back to when the region that was zoomed to has been typed. */
  readonly home: View | null;
  /** A region as the pointer is just now drawing (id null), moving or pulling it. */
  readonly preview: Preview | null;
}

export interface Preview {
  readonly id: string | null;
  readonly quad: Quad;
}

export interface Step {
  title: string;
  merge?: string;
}

/** Told of every change a person makes, also by undo and redo; never of loading. `settled` is false while it is being typed. */
export type OnChange = (changes: readonly Change[], settled: boolean) => void;

/** Moves the view from where it is; replaced by an animated one where there is a screen. */
export type Glide = (from: View, to: View, show: (view: View) => void) => void;

const NOTHING: EditorState = {
  picture: null,
  regions: new Map(),
  selected: null,
  typing: null,
  labels: [],
  label: null,
  readOnly: false,
  history: EMPTY,
  stage: { width: 0, height: 0 },
  view: { scale: 1, x: 0, y: 0 },
  home: null,
  preview: null,
};

const MOST_KEPT = 50;

export class Editor {
  state: EditorState = NOTHING;
  onChange: OnChange = () => {};
  glide: Glide = (_from, to, show) => show(to);
  private readonly listeners = new Set<() => void>();
  private readonly kept = new Map<string, { regions: Regions; history: History }>();
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
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  // ---- Loading: never undoable ----

  open(picture: Picture, regions: readonly Region[]): void {
    this.keepHistory();
    const loaded: Regions = new Map(regions.map((region) => [region.id, region]));
    const kept = this.kept.get(picture.id);
    const history = kept && sameRegions(kept.regions, loaded) ? kept.history : EMPTY;
    const view = whole(picture, this.state.stage);
    this.set({
      picture,
      regions: loaded,
      history,
      selected: null,
      typing: null,
      view,
      home: null,
      preview: null,
    });
  }

  /** Undo goes on where it was when a person comes back to an image that nobody else has changed. */
  private keepHistory(): void {
    const { picture, regions, history } = this.state;
    if (!picture) return;
    this.kept.delete(picture.id);
    this.kept.set(picture.id, { regions, history });
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > MOST_KEPT && oldest) this.kept.delete(oldest);
  }

  close(): void {
    this.keepHistory();
    const { labels, label, readOnly, stage } = this.state;
    this.set({ ...NOTHING, labels, label, readOnly, stage });
  }

  /** A region as it is now on the server, changed elsewhere; null when it was deleted there. */
  receive(id: string, region: Region | null): void {
    const before = this.state.regions.get(id) ?? null;
    if (sameRegion(before, region)) return;
    const regions = apply(this.state.regions, [{ id, before, after: region }]);
    this.set({ ...this.withoutGone(regions), regions, history: forget(this.state.history, id) });
    this.goHome();
  }

  setLabels(labels: readonly Label[]): void {
    const known = labels.some((label) => label.id === this.state.label);
    this.set({ labels, label: known ? this.state.label : (labels[0]?.id ?? null) });
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
    const entry = { title: step.title, changes: real, merge: step.merge ?? null, at: this.now() };
    const regions = apply(this.state.regions, real);
    this.set({ ...this.withoutGone(regions), regions, history: record(this.state.history, entry) });
    this.goHome();
    this.onChange(real, settled);
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
    if (this.state.readOnly || !this.state.picture || !isLargeEnough(quad)) return null;
    this.finishTyping();
    const id = this.newId();
    const after: Region = { id, label: this.state.label, quad, text: '', origin: 'person', confidence: null };
    this.change({ title: 'Draw' }, [{ id, before: null, after }]);
    this.type(id, true);
    return id;
  }

  /** A box of a fifth of what is in sight, in its middle. */
  drawInMiddle(): string | null {
    const { picture, stage, view } = this.state;
    if (!picture) return null;
    const at = (x: number, y: number): Point => toImage(view, [stage.width * x, stage.height * y]);
    const id = this.draw(boxBetween(at(0.4, 0.44), at(0.6, 0.56), picture));
    // The box is placed by the arrow keys first; Enter then opens its text.
    if (id) this.set({ typing: null });
    return id;
  }

  remove(ids: readonly string[]): void {
    const changes = ids.flatMap((id) => {
      const before = this.state.regions.get(id);
      return before ? [{ id, before, after: null }] : [];
    });
    this.change({ title: 'Delete' }, changes);
  }

  giveLabel(label: string): void {
    this.set({ label });
    const selected = this.selected;
    if (selected) this.edit(selected.id, { label }, { title: 'Label' });
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
    this.set({ regions, history: step.history, typing: this.state.typing, ...gone, selected });
    if (this.state.typing?.id !== selected) this.finishTyping();
    this.onChange(changes, true);
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
    if (this.state.selected !== id) this.set({ selected: id, history: seal(this.state.history) });
  }

  /** Opens a region's text field and brings the region into sight. */
  type(id: string, drawnNow = false): void {
    const region = this.state.regions.get(id);
    if (!region || this.state.typing?.id === id) return;
    this.settleText();
    const { view, home, stage } = this.state;
    const typing = { id, before: drawnNow ? null : region };
    this.set({ selected: id, typing, history: seal(this.state.history) });
    if (viewFor(region.quad, view, stage) === view) return;
    const base = home ?? view;
    const next = viewFor(region.quad, base, stage);
    this.set({ home: next === base ? null : base });
    this.moveView(next);
  }

  setText(id: string, text: string): void {
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
