#!/bin/sh
# Builds ffmpeg and ffprobe from Debian's source package, with Debian's security patches, and installs them in the
# folder that the first argument names. The programs contain only what Everclip uses, so a clip can't reach the other
# decoders and demuxers. Needs the packages that the Dockerfile installs, and a deb-src entry in apt's sources.
set -eu
target=$1
folder=$(mktemp -d)
cd "$folder"
# apt checks the package against Debian's signed index.
apt-get source --only-source -qq ffmpeg
cd ffmpeg-*/
debian_version=$(dpkg-parsechangelog --show-field Version)

# What a clip can reach. test/containers/image.test.ts compares the lists with the program.
demuxers=mov,matroska
decoders=h264,hevc,libdav1d,vp8,vp9,mpeg4,h263,mpeg1video,mpeg2video,mjpeg,prores
# Sound is never decoded. Without the parsers of sound, ffprobe would read more of a file.
parsers=h264,hevc,av1,vp8,vp9,mpeg4video,h263,mpegvideo,mjpeg,aac,opus

# What only Everclip's own command lines reach: thumbnails, and the clips of the demo Discord.
encoders=libwebp,png,mjpeg,rawvideo,libx264,mpeg4,aac,wrapped_avframe
muxers=image2,rawvideo,mp4,null
filters=scale,zscale,tonemap,format,split,setsar,setparams,transpose,hflip,vflip,rotate,crop,fps,select,setpts,settb,sidedata,pad,tile,trim,null,overlay,geq,lutyuv,aresample,aformat,anull
sources=mandelbrot,life,cellauto,sierpinski,gradients,color,aevalsrc

./configure --quiet --prefix=/usr/local --extra-version="${debian_version#*-}" --toolchain=hardened \
  --disable-everything --disable-autodetect --disable-network --disable-doc --disable-debug --disable-ffplay \
  --enable-gpl --enable-zlib --enable-libdav1d --enable-libwebp --enable-libzimg --enable-libx264 \
  --enable-protocol=file --enable-indev=lavfi --enable-decoder=rawvideo,wrapped_avframe \
  --enable-demuxer="$demuxers" --enable-decoder="$decoders" --enable-parser="$parsers" \
  --enable-encoder="$encoders" --enable-muxer="$muxers" --enable-filter="$filters" --enable-filter="$sources"
make -s -j"$(nproc)" ffmpeg ffprobe
install -D -s -t "$target" ffmpeg ffprobe
rm -rf "$folder"
