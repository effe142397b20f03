// The playground is connected here, and nowhere else: this function puts it into an element, and may return one that takes it away.
import picture from '../../pages/images/resume.svg?url';

export function mountPlayground(element) {
  const image = document.createElement('img');
  image.src = picture;
  image.alt =
    'A stream delivers events 1 and 2. The connection is cut. rx-sse waits, asks for what follows event 2, and delivers events 3 and 4.';
  element.append(image);
  return () => image.remove();
}
