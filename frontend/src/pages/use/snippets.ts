/** Code that works as it is copied: with this installation's address, this project's id and, once made, a key. */

export interface Place {
  /** The installation's address, without a slash at the end. */
  base: string;
  modelId: string;
  key: string;
  /** The first label's name, for the example of an annotation. */
  label: string;
}

export const KEY_PLACEHOLDER = 'YOUR_API_KEY';

const model = ({ base, modelId }: Place) => `${base}/api/v2/ObjectDetection/Model/${modelId}`;

export function curl(place: Place): string {
  return `curl -u "${place.key}:" \\
  -F "file=@image.jpg" \\
  ${model(place)}/LabelFile/`;
}

export function python(place: Place): string {
  return `import requests

url = "${model(place)}/LabelFile/"
with open("image.jpg", "rb") as image:
    answer = requests.post(url, auth=("${place.key}", ""), files={"file": image})
answer.raise_for_status()

for field in answer.json()["result"][0]["prediction"]:
    print(field["label"], field["ocr_text"], field["score"])`;
}

export function javascript(place: Place): string {
  return `// Node 20 or newer. A key has no place in a page that others can open.
import { openAsBlob } from "node:fs";

const body = new FormData();
body.append("file", await openAsBlob("image.jpg"), "image.jpg");
const answer = await fetch("${model(place)}/LabelFile/", {
  method: "POST",
  headers: { Authorization: "Bearer ${place.key}" },
  body,
});
if (!answer.ok) throw new Error((await answer.json()).message);

for (const field of (await answer.json()).result[0].prediction) {
  console.log(field.label, field.ocr_text, field.score);
}`;
}

export interface ShellStep {
  title: string;
  code: string;
}

/** The whole way from a shell, as the tutorial of the same API goes it. */
export function nineSteps(place: Place): ShellStep[] {
  const host = '$GLYPHSMITH/api/v2/ObjectDetection/Model';
  const own = `${host}/$MODEL_ID`;
  const example = JSON.stringify([
    {
      filename: 'image.jpg',
      object: [
        { name: place.label, ocr_text: 'KL55R2473', bndbox: { xmin: 120, ymin: 80, xmax: 300, ymax: 130 } },
      ],
    },
  ]);
  return [
    { title: 'Keep the address of this installation', code: `export GLYPHSMITH=${place.base}` },
    { title: 'Keep your API key', code: `export GLYPHSMITH_API_KEY=${place.key}` },
    {
      title: 'Make a model (this project is one already: go on with the next step to use it)',
      code: `curl -u "$GLYPHSMITH_API_KEY:" -H "Content-Type: application/json" \\
  -d '{"categories": ["${place.label}"], "model_type": "ocr"}' "${host}/"`,
    },
    { title: 'Keep the id of the model', code: `export MODEL_ID=${place.modelId}` },
    {
      title: 'Upload an image with its annotations',
      code: `curl -u "$GLYPHSMITH_API_KEY:" -F "file=@image.jpg" \\
  -F 'data=${example}' \\
  "${own}/UploadFile/"`,
    },
    {
      title: 'Upload a folder of images, to annotate them here',
      code: `for image in images/*.jpg; do
  curl -u "$GLYPHSMITH_API_KEY:" -F "file=@$image" "${own}/UploadFile/"
done`,
    },
    { title: 'Train', code: `curl -u "$GLYPHSMITH_API_KEY:" -X POST "${own}/Train/"` },
    {
      title: 'Ask how far it is: at state 5 it can predict (a mail says so too)',
      code: `curl -u "$GLYPHSMITH_API_KEY:" "${own}"`,
    },
    {
      title: 'Predict',
      code: `curl -u "$GLYPHSMITH_API_KEY:" -F "file=@image.jpg" "${own}/LabelFile/"`,
    },
  ];
}
