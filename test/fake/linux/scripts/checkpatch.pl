#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Knows one rule, and says so in the words of the real one.
use strict;
use warnings;

my $file = $ARGV[-1];
my $found = 0;
open(my $patch, '<', $file) or die "$file: $!\n";
while (<$patch>) {
	next unless /^\+.*[ \t]$/;
	print "$file:$.: ERROR:TRAILING_WHITESPACE: trailing whitespace\n";
	$found = 1;
}
exit $found;
