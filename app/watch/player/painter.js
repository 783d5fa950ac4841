/** Skinned bodies and coloured lines by WebGL 2: two small programs, no library. */

import { coarse } from "./skeleton.js";

/** Side in metres of the cubes whose vertices become one, where no graphics card draws. */
const COARSE = 0.04;

const BODY = [
  `#version 300 es
  uniform mat4 camera; uniform mat4 bones[24]; uniform int unseen;
  in vec3 position; in vec3 normal; in uvec4 owners; in vec4 shares;
  out vec3 turned; out float guessed;
  void main() {
    guessed = dot(shares, vec4((ivec4(unseen) >> ivec4(owners)) & 1));
    mat4 bone = shares.x * bones[owners.x] + shares.y * bones[owners.y]
      + shares.z * bones[owners.z] + shares.w * bones[owners.w];
    turned = mat3(bone) * normal;
    gl_Position = camera * bone * vec4(position, 1.0);
  }`,
  `#version 300 es
  precision mediump float;
  uniform vec4 color; in vec3 turned; in float guessed; out vec4 paint;
  void main() {
    // Axes of the frame's camera: light from above, from the left and from the viewer's side.
    float light = 0.42 + 0.58 * max(0.0, dot(normalize(turned), normalize(vec3(-0.35, -0.75, -0.55))));
    // Parts that were not seen go towards the grey that rendered pictures have, too.
    vec3 base = mix(color.rgb, vec3(0.784), 0.7 * guessed);
    paint = vec4(base * light * color.a, color.a);
  }`,
];

const LINES = [
  `#version 300 es
  uniform mat4 camera; in vec3 position; in vec4 color; out vec4 tint;
  void main() { tint = color; gl_Position = camera * vec4(position, 1.0); gl_PointSize = 6.0; }`,
  `#version 300 es
  precision mediump float;
  in vec4 tint; out vec4 paint;
  void main() { paint = vec4(tint.rgb * tint.a, tint.a); }`,
];

export class Painter {
  /** @param {HTMLCanvasElement} canvas  Throws where the browser has no WebGL 2. */
  constructor(canvas) {
    const { gl, software } = contextOf(canvas);
    this.software = software;
    if (!gl) throw new Error("This browser has no WebGL 2, which draws bodies in 3-D.");
    this.gl = gl;
    this.canvas = canvas;
    this.bodyProgram = program(gl, BODY);
    this.lineProgram = program(gl, LINES);
    this.lineBuffer = gl.createBuffer();
    this.bodies = new Map();
    gl.enable(gl.DEPTH_TEST);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.enable(gl.BLEND);
  }

  /** What all bodies share (`readSkin`). */
  setSkin(skin) {
    const { gl } = this;
    this.skin = skin;
    this.owners = buffer(gl, gl.ARRAY_BUFFER, skin.owners);
    this.shares = buffer(gl, gl.ARRAY_BUFFER, skin.shares);
  }

  /**
   * A person's body at rest (`readRest`). Where no graphics card draws, a quarter of the triangles
   * do: those of the first body for all, since people differ less than the cubes' sides.
   */
  addBody(id, rest) {
    const { gl, bodyProgram } = this;
    this.faces ??= this.software ? coarse(rest.surface, this.skin.faces, COARSE) : this.skin.faces;
    const { faces } = this;
    const surface = buffer(gl, gl.ARRAY_BUFFER, rest.surface);
    const outward = buffer(gl, gl.ARRAY_BUFFER, normals(rest.surface, this.skin.faces));
    const vao = gl.createVertexArray();
    gl.bindVertexArray(vao);
    attribute(gl, bodyProgram, "position", surface, 3);
    attribute(gl, bodyProgram, "normal", outward, 3);
    attribute(gl, bodyProgram, "shares", this.shares, 4);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.owners);
    const place = gl.getAttribLocation(bodyProgram, "owners");
    gl.enableVertexAttribArray(place);
    gl.vertexAttribIPointer(place, 4, gl.UNSIGNED_BYTE, 0, 0);
    buffer(gl, gl.ELEMENT_ARRAY_BUFFER, faces);
    gl.bindVertexArray(null);
    this.bodies.set(id, { vao, corners: faces.length });
  }

  begin(camera) {
    const { gl, canvas } = this;
    this.camera = camera;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  }

  /**
   * @param {number[]} color red, green, blue, opacity in 0..1
   * @param {number} unseen a bit for each joint whose part of the body was not seen: it is paler
   */
  body(id, bones, color, unseen) {
    const { gl, bodyProgram } = this;
    const { vao, corners } = this.bodies.get(id);
    gl.useProgram(bodyProgram);
    gl.bindVertexArray(vao);
    gl.uniformMatrix4fv(gl.getUniformLocation(bodyProgram, "camera"), false, this.camera);
    gl.uniformMatrix4fv(gl.getUniformLocation(bodyProgram, "bones"), false, bones);
    gl.uniform4fv(gl.getUniformLocation(bodyProgram, "color"), color);
    gl.uniform1i(gl.getUniformLocation(bodyProgram, "unseen"), unseen);
    gl.drawElements(gl.TRIANGLES, corners, gl.UNSIGNED_SHORT, 0);
    gl.bindVertexArray(null);
  }

  /** Lines from point to point: x y z r g b a for each end. */
  lines(numbers, kind = "LINES") {
    const { gl, lineProgram } = this;
    if (!numbers.length) return;
    gl.useProgram(lineProgram);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.lineBuffer);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(numbers), gl.STREAM_DRAW);
    gl.uniformMatrix4fv(gl.getUniformLocation(lineProgram, "camera"), false, this.camera);
    attribute(gl, lineProgram, "position", this.lineBuffer, 3, 28, 0);
    attribute(gl, lineProgram, "color", this.lineBuffer, 4, 28, 12);
    gl.drawArrays(gl[kind], 0, numbers.length / 7);
  }

  close() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/** Normals of a surface at rest, the mean of the triangles around each vertex. */
export function normals(surface, faces) {
  const out = new Float32Array(surface.length);
  for (let i = 0; i < faces.length; i += 3) {
    const [a, b, c] = [3 * faces[i], 3 * faces[i + 1], 3 * faces[i + 2]];
    const [x, y, z] = [surface[a], surface[a + 1], surface[a + 2]];
    const [ux, uy, uz] = [surface[b] - x, surface[b + 1] - y, surface[b + 2] - z];
    const [vx, vy, vz] = [surface[c] - x, surface[c + 1] - y, surface[c + 2] - z];
    const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    for (const corner of [a, b, c]) {
      out[corner] += nx;
      out[corner + 1] += ny;
      out[corner + 2] += nz;
    }
  }
  for (let i = 0; i < out.length; i += 3) {
    const length = Math.hypot(out[i], out[i + 1], out[i + 2]) || 1;
    for (let axis = 0; axis < 3; axis++) out[i + axis] /= length;
  }
  return out;
}

/** Smooth edges where a graphics card draws; without one they would cost half of the frames. */
function contextOf(canvas) {
  const software = drawnBySoftware();
  return { gl: canvas.getContext("webgl2", { antialias: !software }), software };
}

/** Whether the browser draws WebGL without a graphics card, as far as it says so. */
function drawnBySoftware() {
  const gl = document.createElement("canvas").getContext("webgl2");
  const facts = gl?.getExtension("WEBGL_debug_renderer_info");
  const renderer = gl ? String(gl.getParameter(facts ? facts.UNMASKED_RENDERER_WEBGL : gl.RENDERER)) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
}

function program(gl, sources) {
  const made = gl.createProgram();
  [gl.VERTEX_SHADER, gl.FRAGMENT_SHADER].forEach((kind, index) => {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, sources[index]);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  });
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  return made;
}

function buffer(gl, kind, data) {
  const made = gl.createBuffer();
  gl.bindBuffer(kind, made);
  gl.bufferData(kind, data, gl.STATIC_DRAW);
  return made;
}

function attribute(gl, owner, name, data, size, stride = 0, offset = 0) {
  const place = gl.getAttribLocation(owner, name);
  gl.bindBuffer(gl.ARRAY_BUFFER, data);
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, size, gl.FLOAT, false, stride, offset);
}
