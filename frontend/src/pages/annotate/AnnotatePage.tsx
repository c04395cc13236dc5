/** The annotation page: the picture on the whole stage, its regions in the rail. */
export default function AnnotatePage() {
  return null;
}
