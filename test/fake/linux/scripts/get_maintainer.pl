#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The entries of MAINTAINERS whose F: the last argument begins with.
use strict;
use warnings;

my $file = $ARGV[-1];
open(my $list, '<', 'MAINTAINERS') or die "MAINTAINERS: $!\n";
local $/ = '';
while (my $entry = <$list>) {
	for my $pattern ($entry =~ /^F:\t(\S+)/mg) {
		print $entry if $pattern eq '*' || index($file, $pattern) == 0;
	}
}
