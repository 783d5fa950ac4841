"""The data sets of the study: what they are, whose, and under which terms."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One data set.

    Attributes:
        what: In a few words.
        origin: Who made it.
        terms: Under which terms it may be used, as far as its makers say.
    """

    what: str
    origin: str
    terms: str


SOURCES = {
    "nw_ucla": Source(
        "Kinect joints of 10 daily actions, 10 people, 3 views",
        "Northwestern-UCLA Multiview Action 3D, Wang et al., CVPR 2014",
        "research set, no licence stated",
    ),
    "utd_mhad": Source(
        "Kinect joints of 27 actions, 8 people",
        "UTD-MHAD, Chen et al., ICIP 2015",
        "research set, no licence stated",
    ),
    "utkinect": Source(
        "Kinect joints of 10 actions, 10 people",
        "UTKinect-Action3D, Xia et al., CVPR workshops 2012",
        "research set, no licence stated",
    ),
    "sbu_interaction": Source(
        "Kinect joints of 8 interactions of two people",
        "SBU Kinect Interaction, Yun et al., CVPR workshops 2012",
        "research set, no licence stated",
    ),
    "citi": Source(
        "Kinect joints of 15 daily actions, 10 people",
        "CITI-DailyActivities 3D, Lin et al., TOMM 2017",
        "research set, no licence stated",
    ),
    "msr_daily": Source(
        "Kinect joints of 15 daily actions, seated and standing, 10 people",
        "MSR DailyActivity3D, Wang et al., CVPR 2012",
        "research set, no licence stated",
    ),
    "msr_action": Source(
        "Kinect joints of 20 actions for games, 10 people",
        "MSR Action3D, Li et al., CVPR Workshops 2010",
        "research set, no licence stated",
    ),
    "cad60": Source(
        "Kinect joints of 13 daily actions in five rooms, 4 people",
        "CAD-60, Sung et al., ICRA 2012",
        "research set, no licence stated",
    ),
    "kard": Source(
        "Kinect joints of 18 actions, 10 people",
        "KARD, Gaglio et al., IEEE Transactions on Human-Machine Systems, 2014",
        "research set, no licence stated",
    ),
    "cdta": Source(
        "Kinect joints of people who stand still, arms hanging: a part of CDTA",
        "CDTA, Mabdou11/Activity-Recognition-skeleton-datasets",
        "no licence stated",
    ),
    "kinder_gator": Source(
        "Kinect joints of 38 acted motions, 10 adults and 10 children",
        "Kinder-Gator, Aloba et al., Eurographics 2018",
        "no licence stated; for use in animation and recognition, as its makers write",
    ),
    "precog": Source(
        "Kinect joints of strings of punches and kicks in the air, 12 people",
        "PRECOG 2016, David Jardim",
        "MIT",
    ),
    "cmu_expmap": Source(
        "motion capture of walking, running, jumping, ball games",
        "CMU Graphics Lab Motion Capture Database (NSF EIA-0196217)",
        "free for research and commercial products, no resale",
    ),
    "arid6": Source(
        "short videos of one person in the dark, 6 actions",
        "ARID, Xu et al., 2020 (a coursework subset)",
        "research set, no licence stated",
    ),
    "yoga6": Source(
        "videos of 6 yoga poses, 12 people", "DarshilPungalia/Major-Project", "no licence stated"
    ),
    "ut_interaction": Source(
        "videos of two people: hand shake, hug, kick, point, punch, push (set 1)",
        "UT-Interaction, Ryoo and Aggarwal, 2010",
        "research set, no licence stated",
    ),
    "hmdb51": Source(
        "clips of one person in films and home videos: 8 of 51 actions, at most 2 of each a film",
        "HMDB51, Kuehne et al., ICCV 2011 (stabilised)",
        "CC BY 4.0, as its makers' page says; the films are others'",
    ),
    "ucf101": Source(
        "videos of playing the guitar and of shaving",
        "UCF101, Soomro et al., 2012 (66 clips of two labels)",
        "research set, no licence stated",
    ),
    "gmdcsa24": Source(
        "videos of falls and daily activities, 3 people, labelled by the second",
        "GMDCSA-24",
        "MIT",
    ),
}
