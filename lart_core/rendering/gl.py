"""Triangles into pixels with OpenGL by pyrender.

Use it only in a process of its own: PyOpenGL settles on one platform a process, and a context
belongs to the thread that made it. It leans on some inner parts of the pinned pyrender, which by
itself can neither renew a mesh nor do without multisampling and reading the depth back.
"""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.rendering.pinhole import Pinhole

_TO_OPENGL = np.array([1, -1, -1], np.float32)
"""Ours is x right, y down, z away; OpenGL's camera has y up and looks along -z."""


class GLBackend:
    """Keeps context, scene and meshes between pictures and renews only a vertex buffer."""

    def __init__(self, platform: str) -> None:
        """Open a context on "egl" or "osmesa"; where it is missing, this fails in many ways."""
        os.environ["PYOPENGL_PLATFORM"] = platform
        import OpenGL

        if platform == "egl":
            from OpenGL import EGL  # noqa: F401  cannot be imported after the next line
        OpenGL.ERROR_CHECKING = False  # else a query after every call
        import pyrender
        import pyrender.renderer

        self._pyrender = pyrender
        self._platform = _open(platform)
        self._platform.make_current()
        self._renderer = _renderer_class()(64, 64)
        self._scene = pyrender.Scene(bg_color=(0.0, 0.0, 0.0, 0.0))
        self._camera = pyrender.IntrinsicsCamera(1, 1, 1, 1)
        self._scene.add(self._camera, pose=np.eye(4))
        self._meshes: dict[int, Any] = {}
        self._faces: NDArray[np.int64] | None = None

    def draw(
        self,
        vertices: NDArray[np.float32],
        colors: NDArray[np.float32],
        faces: NDArray[np.int64],
        camera: Pinhole,
    ) -> NDArray[np.uint8]:
        """As `raster.NumpyBackend.draw`."""
        self._resize(*camera.size)
        self._platform.make_current()
        self._camera.fx = self._camera.fy = camera.focal
        self._camera.cx, self._camera.cy = camera.center
        self._camera.znear = float(vertices[..., 2].min()) * 0.9
        self._camera.zfar = float(vertices[..., 2].max()) * 1.1
        self._show(vertices, colors, faces)
        flags = self._pyrender.RenderFlags.FLAT
        if self._platform.supports_framebuffers():
            flags |= self._pyrender.RenderFlags.OFFSCREEN
        self._renderer.render(self._scene, flags)
        picture = self._renderer.read_rgba()
        self._platform.make_uncurrent()
        return picture

    def _resize(self, width: int, height: int) -> None:
        if (width, height) == (self._renderer.viewport_width, self._renderer.viewport_height):
            return
        self._renderer.viewport_width, self._renderer.viewport_height = width, height
        if not self._platform.supports_framebuffers():  # OSMesa draws into an array of its own
            self._platform.viewport_width, self._platform.viewport_height = width, height
            self._platform._buffer = np.zeros((height, width, 4), np.uint8)

    def _show(
        self, vertices: NDArray[np.float32], colors: NDArray[np.float32], faces: NDArray[np.int64]
    ) -> None:
        """Put the bodies into the one mesh of that many people; hide the others."""
        if faces is not self._faces:  # another topology: none of the meshes fits
            for node in list(self._scene.mesh_nodes):
                self._scene.remove_node(node)
            self._meshes, self._faces = {}, faces
        people, count, _ = vertices.shape
        points = (vertices * _TO_OPENGL).reshape(-1, 3)
        tints = np.concatenate([colors, np.ones((people, count, 1), np.float32)], axis=2)
        tints = tints.reshape(-1, 4)
        for mesh in self._meshes.values():
            mesh.is_visible = False
        if people not in self._meshes:
            together = (faces[None] + count * np.arange(people)[:, None, None]).reshape(-1, 3)
            primitive = self._pyrender.Primitive(points, color_0=tints, indices=together)
            self._meshes[people] = self._pyrender.Mesh([primitive])
            self._scene.add(self._meshes[people])
        else:
            _renew(self._meshes[people].primitives[0], points, tints)
        self._meshes[people].is_visible = True


def _open(name: str) -> Any:
    if name == "egl":
        from pyrender.platforms.egl import EGLPlatform as Platform
    else:
        from pyrender.platforms.osmesa import OSMesaPlatform as Platform
    platform = Platform(64, 64)
    platform.init_context()
    return platform


def _renderer_class() -> type:
    """pyrender's renderer with one sample a pixel, half of the time on a CPU, and no depth."""
    import pyrender.renderer
    from OpenGL import GL

    multisampled = pyrender.renderer.glRenderbufferStorageMultisample
    pyrender.renderer.glRenderbufferStorageMultisample = lambda target, _, *rest: multisampled(
        target, 0, *rest
    )

    class Renderer(pyrender.renderer.Renderer):
        def _read_main_framebuffer(self, scene: Any, flags: int) -> None:
            """Nothing: `read_rgba` follows."""

        def read_rgba(self) -> NDArray[np.uint8]:
            width, height = self.viewport_width, self.viewport_height
            GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._main_fb_ms or 0)
            pixels = GL.glReadPixels(0, 0, width, height, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE)
            return np.frombuffer(pixels, np.uint8).reshape(height, width, 4)[::-1]

    return Renderer


def _renew(primitive: Any, points: NDArray[np.float32], tints: NDArray[np.float32]) -> None:
    """Overwrite a mesh's vertex buffer in place."""
    from OpenGL import GL

    data = np.concatenate([points, tints], axis=1)
    GL.glBindBuffer(GL.GL_ARRAY_BUFFER, primitive._buffers[0])
    GL.glBufferSubData(GL.GL_ARRAY_BUFFER, 0, data.nbytes, data)
    GL.glBindBuffer(GL.GL_ARRAY_BUFFER, 0)
