import { drawOverlay } from "./overlay.js";

/**
 * The video and what lies over it, painted together on one canvas: the picture that is on the
 * screen and its boxes, bodies and masks can never be of different frames.
 */
export class Stage {
  /**
   * @param {HTMLVideoElement} video decodes
   * @param {HTMLCanvasElement} canvas what is seen; it covers the video
   * @param {(frame: number) => void} shown called with every other frame that comes to the screen
   */
  constructor(video, canvas, shown) {
    this.video = video;
    this.canvas = canvas;
    this.shown = shown;
    const next = () => {
      if (this.closed) return;
      video.requestVideoFrameCallback(next);
      this.paint();
    };
    video.requestVideoFrameCallback(next);
    video.onseeked = () => this.paint();
  }

  /** Show another video: `facts` {width, height}; `scene` gives what to draw at a frame. */
  open(address, facts, clock, scene) {
    this.clock = clock;
    this.facts = facts;
    this.scene = scene;
    this.frame = null;
    this.video.src = address;
  }

  seek(frame) {
    this.video.currentTime = this.clock.amid(frame);
  }

  resize() {
    const density = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * density);
    this.canvas.height = Math.round(this.canvas.clientHeight * density);
    this.paint();
  }

  /** Paint the frame that the video stands at, with all that is known of it. */
  paint() {
    if (this.closed || !this.facts || this.video.readyState < 2) return;
    const picture = pictureOf(this.video);
    if (!picture) return;
    const { width, height } = this.facts;
    const context = this.canvas.getContext("2d");
    const scale = this.canvas.width / width;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const frame = this.clock.frameAt(picture.timestamp / 1e6);
    context.drawImage(picture, 0, 0, width, height);
    picture.close();
    drawOverlay(context, {
      ...this.scene(frame),
      size: [width, height],
      scale: scale / (window.devicePixelRatio || 1),
    });
    if (frame !== this.frame) this.shown((this.frame = frame));
  }

  close() {
    this.closed = true;
    this.video.removeAttribute("src");
    this.video.load();
  }
}

/** What a video shows; null while it has its data but no picture yet: it says when one comes. */
function pictureOf(video) {
  try {
    return new VideoFrame(video);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error;
    return null;
  }
}
