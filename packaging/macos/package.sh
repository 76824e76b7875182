#!/bin/sh
# Signs Topicscope.app, puts it into a disk image, and has Apple notarise that.
#   packaging/macos/package.sh APP OUT.dmg
# From the environment:
#   SIGNING_IDENTITY   the Developer ID Application certificate in the keychain; without it the signature is ad hoc:
#                      the image works where it was built, and elsewhere after Open in the context menu
#   NOTARY_PROFILE     the profile that `xcrun notarytool store-credentials` has put into the keychain; without it
#                      nothing is sent to Apple
#   NOTARY_KEYCHAIN    the keychain with that profile; the user's own unless told
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
app=$1
out=$2
identity=${SIGNING_IDENTITY:--}

# What is there is replaced, but only a file: a device that is removed is gone for all of the machine.
if [ -e "$out" ] && [ ! -f "$out" ]; then
    echo "$out is not a file that could be replaced." >&2
    exit 2
fi

sign() {
    # Apple's time stamp needs a certificate of Apple's.
    if [ "$identity" = - ]; then
        codesign --force --sign - --options runtime --timestamp=none "$@"
    else
        codesign --force --sign "$identity" --options runtime --timestamp "$@"
    fi
}

# From the inside out: the seal of a bundle holds the signatures of what is in it. Links are signed where they point.
sign_application() {
    find "$app/Contents" -type f \( -name '*.so' -o -name '*.dylib' \) -print | while IFS= read -r library; do
        sign "$library"
    done
    find "$app/Contents" -depth -type d -name '*.framework' -print | while IFS= read -r framework; do
        sign "$framework"
    done
    find "$app/Contents/MacOS" -type f -perm -u+x -print | while IFS= read -r program; do
        sign --entitlements "$here/entitlements.plist" "$program"
    done
    sign --entitlements "$here/entitlements.plist" "$app"
    codesign --verify --deep --strict --verbose=2 "$app"
}

make_image() {
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    # `ditto` keeps links and attributes, on which the signature rests.
    ditto "$app" "$folder/$(basename "$app")"
    ln -s /Applications "$folder/Applications"
    rm -f "$out"
    hdiutil create -volname Topicscope -srcfolder "$folder" -fs HFS+ -format UDZO -imagekey zlib-level=9 "$out"
    if [ "$identity" != - ]; then
        codesign --force --sign "$identity" --timestamp "$out"
    fi
    hdiutil verify "$out"
}

notarise() {
    if [ -z "${NOTARY_PROFILE:-}" ]; then
        echo "Not notarised: NOTARY_PROFILE is not set." >&2
        return
    fi
    if [ "$identity" = - ]; then
        echo "Apple notarises only what a Developer ID has signed; set SIGNING_IDENTITY." >&2
        exit 2
    fi
    xcrun notarytool submit "$out" --keychain-profile "$NOTARY_PROFILE" \
        ${NOTARY_KEYCHAIN:+--keychain "$NOTARY_KEYCHAIN"} --wait --timeout 30m
    xcrun stapler staple "$out"
    spctl --assess --type open --context context:primary-signature --verbose=2 "$out"
}

sign_application
make_image
notarise
