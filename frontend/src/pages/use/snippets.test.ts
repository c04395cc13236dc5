import { expect, test } from 'vitest';
import { curl, javascript, nineSteps, type Place, python } from './snippets';

const place: Place = { base: 'http://localhost:8000', modelId: 'abc', key: 'gs_1', label: 'number_plate' };
const address = 'http://localhost:8000/api/v2/ObjectDetection/Model/abc/LabelFile/';

test.each([
  ['curl', curl],
  ['Python', python],
  ['JavaScript', javascript],
])('%s names the address and the key', (_language, write) => {
  expect(write(place)).toContain(address);
  expect(write(place)).toContain('gs_1');
});

test('there are nine steps, from the address to a prediction', () => {
  const steps = nineSteps(place);
  expect(steps).toHaveLength(9);
  expect(steps[0]?.code).toBe('export GLYPHSMITH=http://localhost:8000');
  expect(steps[3]?.code).toBe('export MODEL_ID=abc');
  expect(steps[8]?.code).toContain('/LabelFile/');
});

test('the example of an annotation is JSON as the server takes it', () => {
  const step = nineSteps(place)[4]?.code ?? '';
  const data = JSON.parse(/-F 'data=(.*)' \\/.exec(step)?.[1] ?? '');
  expect(data[0].object[0].name).toBe('number_plate');
});
