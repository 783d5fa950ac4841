"""How the names of video files end. Files are told by their content; this is for lists of files."""

# fmt: off
ENDINGS = (
    "mp4", "mov", "mkv", "webm", "avi", "mpg", "m4v", "qt", "3gp", "3g2", "f4v", "mj2", "divx",
    "flv", "ogv", "ogg", "wmv", "asf", "mpeg", "vob", "m2v", "mpv", "ts", "mts", "m2ts", "m2t",
    "mxf", "gxf", "dv", "nut", "ivf", "gif", "mjpg", "mjpeg", "h264", "264", "avc", "h265", "265",
    "hevc", "obu", "y4m",
)
# fmt: on
"""Without the dot, in lower case; the usual ones first."""
