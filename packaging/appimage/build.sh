#!/bin/sh
# Makes an AppImage of the application folder and of a share folder, as packaging/build.py leaves both in the folder of
# the portable archive.
#   packaging/appimage/build.sh PORTABLE OUT.AppImage
# From the environment:
#   APPIMAGETOOL        the tool; `appimagetool` on the PATH unless told
#   APPIMAGE_RUNTIME    the runtime to put in front; without it the tool takes the newest it finds
#   SOURCE_DATE_EPOCH   the time that all files get
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
portable=$1
out=$2
id=org.topicscope.Topicscope
if [ -e "$out" ] && [ ! -f "$out" ]; then
    echo "$out is not a file that could be replaced." >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
directory=$work/Topicscope.AppDir

mkdir -p "$directory/usr/lib/topicscope" "$directory/usr/share"
cp -a "$portable/topicscope" "$portable/_internal" "$directory/usr/lib/topicscope/"
cp -a "$portable/share/." "$directory/usr/share/"
mkdir -p "$directory/usr/share/doc/topicscope"
cp "$portable/LICENSE" "$directory/usr/share/doc/topicscope/"
install -m 755 "$here/AppRun" "$directory/AppRun"
ln -s usr/share/applications/topicscope.desktop "$directory/topicscope.desktop"
ln -s usr/share/icons/hicolor/256x256/apps/topicscope.png "$directory/topicscope.png"
ln -s topicscope.png "$directory/.DirIcon"
# The tool looks for the description under the name that it had of old.
ln -s "$id.metainfo.xml" "$directory/usr/share/metainfo/topicscope.appdata.xml"

# Without these, whoever opens the image would wait for a window that cannot come.
for needed in AppRun topicscope.desktop .DirIcon "usr/share/metainfo/$id.metainfo.xml" usr/lib/topicscope/topicscope; do
    if [ ! -e "$directory/$needed" ]; then
        echo "$portable lacks what becomes $needed" >&2
        exit 1
    fi
done
"$directory/AppRun" --version

mkdir -p "$(dirname "$out")"
# Runners of CI have no FUSE; the tool is an AppImage itself.
ARCH=$(uname -m) APPIMAGE_EXTRACT_AND_RUN=1 "${APPIMAGETOOL:-appimagetool}" --comp zstd \
    ${APPIMAGE_RUNTIME:+--runtime-file "$APPIMAGE_RUNTIME"} "$directory" "$out"
chmod +x "$out"
