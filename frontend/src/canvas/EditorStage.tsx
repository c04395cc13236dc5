import type { Context } from 'konva/lib/Context';
import { useEffect, useMemo } from 'react';
// The core alone: of Konva's shapes only the picture is used.
import 'konva/lib/shapes/Image';
import { Image as KonvaImage, Layer, Shape, Stage } from 'react-konva/lib/ReactKonvaCore';
import type { Editor } from '@/editor/editor';
import type { EditorState } from '@/editor/state';
import classes from './EditorStage.module.css';
import { type Brush, paintActive, paintFlag, paintHovered, paintRegions } from './paint';
import { useEditorState } from './useEditorState';
import { usePointer } from './usePointer';

const NEUTRAL = '#d0d4d7';
/** From here on single pixels are worth seeing. */
const PIXELS_FROM = 6;

const brushOf = (context: Context): Brush => context._context;

/**
 * The picture with its regions. Three layers: the picture, all regions at rest (one shape, however many), and what the
 * hand is on; a drag or a keystroke draws the last one alone. What lies under the pointer is found by the editor's own
 * geometry, so Konva keeps no second, hidden canvas.
 */
export function EditorStage({ editor, picture }: { editor: Editor; picture: HTMLImageElement | null }) {
  const { stage, handlers, cursor, hovered } = usePointer(editor);
  const size = useEditorState(editor, pickStage);
  const view = useEditorState(editor, pickView);
  const shown = useEditorState(editor, pickPicture);
  useFollowSize(stage, editor);
  const ready = picture !== null && shown !== null && size.width > 0;
  return (
    <section
      ref={stage}
      className={classes.stage}
      style={{ cursor }}
      aria-label="Picture with its regions"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the stage takes the keys of the editor
      tabIndex={0}
      data-stage
      {...handlers}
    >
      {ready && (
        <Stage
          width={size.width}
          height={size.height}
          scaleX={view.scale}
          scaleY={view.scale}
          x={view.x}
          y={view.y}
          listening={false}
        >
          <Layer listening={false} imageSmoothingEnabled={view.scale < PIXELS_FROM}>
            <KonvaImage
              image={picture}
              width={shown.width}
              height={shown.height}
              perfectDrawEnabled={false}
            />
          </Layer>
          <RestLayer editor={editor} scale={view.scale} />
          <ActiveLayer editor={editor} hovered={hovered} scale={view.scale} />
        </Stage>
      )}
    </section>
  );
}

interface LayerProps {
  editor: Editor;
  scale: number;
}

function RestLayer({ editor, scale }: LayerProps) {
  const regions = useEditorState(editor, pickRegions);
  const selected = useEditorState(editor, pickSelected);
  const typing = useEditorState(editor, pickTyping);
  const colourOf = useColours(editor);
  const scene = useMemo(
    () => (context: Context) =>
      paintRegions(brushOf(context), {
        regions: regions.values(),
        colourOf,
        scale,
        except: selected,
        faded: typing,
      }),
    [regions, selected, typing, colourOf, scale],
  );
  return (
    <Layer listening={false}>
      <Shape sceneFunc={scene} />
    </Layer>
  );
}

function ActiveLayer({ editor, hovered, scale }: LayerProps & { hovered: string | null }) {
  const region = useEditorState(editor, pickRegion);
  const pointed = useEditorState(editor, pickPreview);
  const labels = useEditorState(editor, pickLabels);
  const nextLabel = useEditorState(editor, pickLabel);
  const readOnly = useEditorState(editor, pickReadOnly);
  const regions = useEditorState(editor, pickRegions);
  const colourOf = useColours(editor);
  const scene = (context: Context) => {
    const brush = brushOf(context);
    const drawing = pointed && pointed.id === null;
    const under = hovered && !pointed ? regions.get(hovered) : null;
    if (under && under !== region) paintHovered(brush, under, colourOf(under.label), scale);
    if (region) {
      const quad = pointed?.id === region.id ? pointed.quad : region.quad;
      paintActive(brush, quad, colourOf(region.label), scale, !drawing && !readOnly);
    }
    if (drawing) paintActive(brush, pointed.quad, colourOf(nextLabel), scale, false);
    const name = labels.find((label) => label.id === under?.label)?.name;
    if (under && name && labels.length > 1) paintFlag(brush, under.quad, name, colourOf(under.label), scale);
  };
  return (
    <Layer listening={false}>
      <Shape sceneFunc={scene} />
    </Layer>
  );
}

const pickStage = (state: EditorState) => state.stage;
const pickView = (state: EditorState) => state.view;
const pickPicture = (state: EditorState) => state.picture;
const pickRegions = (state: EditorState) => state.regions;
const pickSelected = (state: EditorState) => state.selected;
const pickTyping = (state: EditorState) => state.typing !== null;
const pickPreview = (state: EditorState) => state.preview;
const pickLabels = (state: EditorState) => state.labels;
const pickLabel = (state: EditorState) => state.label;
const pickReadOnly = (state: EditorState) => state.readOnly;
const pickRegion = (state: EditorState) =>
  state.selected === null ? null : (state.regions.get(state.selected) ?? null);

function useColours(editor: Editor): (label: string | null) => string {
  const labels = useEditorState(editor, pickLabels);
  return useMemo(() => {
    const colours = new Map(labels.map((label) => [label.id, label.colour]));
    return (label) => (label && colours.get(label)) || NEUTRAL;
  }, [labels]);
}

function useFollowSize(stage: React.RefObject<HTMLElement | null>, editor: Editor): void {
  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const follow = () => editor.resize({ width: element.clientWidth, height: element.clientHeight });
    follow();
    const observer = new ResizeObserver(follow);
    observer.observe(element);
    return () => observer.disconnect();
  }, [stage, editor]);
}
